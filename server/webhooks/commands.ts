// What can be done to webhooks, by people and by the sender, as data.

import type { EventType } from '../../contract/event.ts';
import type { DeliveryAttempt, NewWebhook, WebhookEdit } from '../../contract/webhook.ts';
import type { Initiator } from '../events/change.ts';
import type { DeliveryState, WebhookState } from '../store/webhook-state.ts';

type Named = { webhookId: number };

/** What people and programs do. */
export type WebhookCommands = {
  'webhook.create': { input: { initiator: Initiator; webhook: NewWebhook; secret: string }; answer: WebhookState };
  'webhook.edit': { input: Named & { edit: WebhookEdit }; answer: WebhookState };
  'webhook.delete': { input: Named; answer: undefined };
  'webhook.pause': { input: Named; answer: WebhookState };
  'webhook.resume': { input: Named; answer: WebhookState };
  'webhook.skip': { input: Named & { through: number | undefined }; answer: WebhookState };
  'webhook.rotate-secret': { input: Named & { secret: string }; answer: WebhookState };
  'webhook.test': { input: Named & { eventId: string }; answer: DeliveryState };
  'webhook.redeliver': { input: Named & { deliveryId: number }; answer: DeliveryState };
};

/** What a sender tells. Of one that has lost its claim nothing is taken. */
export type SendingCommands = {
  /** Takes a webhook to send to it. Answers undefined where somebody else does, or there is nothing to be sent. */
  'webhook.claim': { input: Named & { leaseMs: number }; answer: WebhookState | undefined };
  /** Answers the webhook as it is by now; undefined where the claim is lost. */
  'webhook.renew': { input: Claim & { leaseMs: number }; answer: WebhookState | undefined };
  'webhook.record': { input: Claim & { results: readonly SendingResult[] }; answer: WebhookState | undefined };
  'webhook.release': { input: Claim; answer: undefined };
  /** Forgets some deliveries that are too old; answers how many. */
  'deliveries.forget': { input: object; answer: number };
};

export type Claim = Named & { fence: number };

/** What was sent: the next event, or a delivery that is out of turn. */
export type Sent =
  | { kind: 'event'; eventId: string; eventType: EventType; position: number }
  | { kind: 'out-of-turn'; deliveryId: number };

/** What came of an attempt. `nextAttemptAt`, in milliseconds since the epoch: undefined where a day has passed in vain. */
export type SendingVerdict =
  | { kind: 'delivered' }
  | { kind: 'gone' }
  | { kind: 'failed'; nextAttemptAt: number | undefined };

export type SendingResult = { sent: Sent; attempt: DeliveryAttempt; verdict: SendingVerdict };
