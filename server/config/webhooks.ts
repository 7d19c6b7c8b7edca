// Configuration of webhook targets.

import { z } from 'zod';

/** Which targets a webhook may have. By default only public addresses over HTTPS. */
export type TargetRules = {
  /** Whether plain HTTP is allowed. */
  readonly isHttpAllowed: boolean;
  /** Whether private addresses and names of private networks are allowed. */
  readonly isPrivateAllowed: boolean;
};

export type WebhookConfig = { webhookTargets: TargetRules };

const onOrOff = z.enum(['on', 'off'], 'must be on or off').default('off');

export const webhookVariables = { WEBHOOKS_ALLOW_HTTP: onOrOff, WEBHOOKS_ALLOW_PRIVATE: onOrOff };

type Values = z.infer<z.ZodObject<typeof webhookVariables>>;

export function toWebhookConfig(values: Values): WebhookConfig {
  return {
    webhookTargets: {
      isHttpAllowed: values.WEBHOOKS_ALLOW_HTTP === 'on',
      isPrivateAllowed: values.WEBHOOKS_ALLOW_PRIVATE === 'on',
    },
  };
}
