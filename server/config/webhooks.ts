// The part of the configuration that says where webhooks may go.

import { z } from 'zod';
import type { TargetRules } from '../webhooks/target.ts';

const onOrOff = z.enum(['on', 'off'], 'must be on or off').default('off');

export const webhookVariables = { WEBHOOKS_ALLOW_HTTP: onOrOff, WEBHOOKS_ALLOW_PRIVATE: onOrOff };

type Values = z.infer<z.ZodObject<typeof webhookVariables>>;

/** Where webhooks may be sent: by default over HTTPS to public addresses alone. */
export function toWebhookConfig(values: Values): { webhookTargets: TargetRules } {
  return {
    webhookTargets: {
      isHttpAllowed: values.WEBHOOKS_ALLOW_HTTP === 'on',
      isPrivateAllowed: values.WEBHOOKS_ALLOW_PRIVATE === 'on',
    },
  };
}
