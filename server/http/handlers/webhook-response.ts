// Maps webhooks to their API representation, which contains no secret.

import type { Webhook, WebhookWithSecret } from '../../../contract/schemas/webhook.ts';
import type { WebhookState } from '../../domain/webhook.ts';

/** Returns a webhook without its secret. */
export function toWebhook(state: WebhookState): Webhook {
  const { pauseReason: reason, pausedAt: since } = state;
  return {
    id: state.id,
    url: state.url,
    types: state.types,
    description: state.description,
    state: reason === null ? 'active' : 'paused',
    pause: reason === null || since === null ? null : { reason, since },
    position: state.position,
    failure: toFailure(state),
    formerSecretUntil: state.formerSecretUntil,
    createdBy: state.createdBy,
    createdAt: state.createdAt,
    updatedAt: state.updatedAt,
  };
}

/** Includes the secret. Only the responses that create a webhook or rotate its secret contain it. */
export function toWebhookWithSecret(state: WebhookState): WebhookWithSecret {
  return { ...toWebhook(state), secret: state.secret };
}

function toFailure({
  failures,
  failingSince,
  failingDeliveryId,
  dueAtMs,
  pauseReason,
}: WebhookState): Webhook['failure'] {
  if (failingSince === null || failingDeliveryId === null) return null;
  const nextAttemptAt = pauseReason === null ? new Date(dueAtMs).toISOString() : null;
  return { since: failingSince, attempts: failures, deliveryId: failingDeliveryId, nextAttemptAt };
}
