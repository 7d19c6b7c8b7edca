// What can be done to webhooks, by people and by the sender, as data.

import type { EventType } from '../../contract/event.ts';
import type { DeliveryAttempt, NewWebhook, WebhookEdit } from '../../contract/webhook.ts';
import type { Initiator } from './order-change.ts';
import type { DeliveryState, WebhookState } from './webhook.ts';

type OnWebhook = { webhookId: number };

/** What people and programs do. */
export type WebhookCommands = {
  'webhook.create': { input: { initiator: Initiator; webhook: NewWebhook; secret: string }; answer: WebhookState };
  'webhook.edit': { input: OnWebhook & { edit: WebhookEdit }; answer: WebhookState };
  'webhook.delete': { input: OnWebhook; answer: undefined };
  'webhook.pause': { input: OnWebhook; answer: WebhookState };
  'webhook.resume': { input: OnWebhook; answer: WebhookState };
  'webhook.skip': { input: OnWebhook & { through: number | undefined }; answer: WebhookState };
  'webhook.rotate-secret': { input: OnWebhook & { secret: string }; answer: WebhookState };
  'webhook.test': { input: OnWebhook & { eventId: string }; answer: DeliveryState };
  'webhook.redeliver': { input: OnWebhook & { deliveryId: number }; answer: DeliveryState };
};

/** What a sender tells. Of one that has lost its claim nothing is taken. */
export type SendingCommands = {
  /** Takes a webhook to send to it. Answers undefined where somebody else has it, or it was deleted. */
  'webhook.claim': { input: OnWebhook & { leaseMs: number }; answer: WebhookState | undefined };
  /** Answers the webhook as it is by now; undefined where the claim is lost. So does `webhook.record`. */
  'webhook.renew': { input: Held & { leaseMs: number }; answer: WebhookState | undefined };
  'webhook.record': { input: Held & { attempts: readonly AttemptRecord[] }; answer: WebhookState | undefined };
  'webhook.release': { input: Held; answer: undefined };
};

/** A claim, by the webhook and the fence that it had when it was claimed. */
export type Held = OnWebhook & { fence: number };

/** What was sent: the next event, or a delivery that is out of turn. */
export type Sent =
  | { kind: 'event'; eventId: string; eventType: EventType; position: number }
  | { kind: 'out-of-turn'; deliveryId: number };

/** What came of an attempt. `nextAttemptAtMs`, since the epoch: undefined where a day has passed in vain. */
export type AttemptVerdict =
  | { kind: 'delivered' }
  | { kind: 'gone' }
  | { kind: 'failed'; nextAttemptAtMs: number | undefined };

export type AttemptRecord = { sent: Sent; attempt: DeliveryAttempt; verdict: AttemptVerdict };
