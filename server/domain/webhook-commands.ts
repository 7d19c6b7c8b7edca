// What can be done to webhooks, by people and by the sender, as data.

import type { DeliveryAttempt } from '../../contract/delivery.ts';
import type { EventType } from '../../contract/event.ts';
import type { NewWebhook, WebhookEdit } from '../../contract/webhook.ts';
import type { Initiator } from './event.ts';
import type { DeliveryState, WebhookState } from './webhook.ts';

type OnWebhook = { webhookId: number };

/** What people and programs do. */
export type WebhookCommands = {
  'webhook.create': { input: { initiator: Initiator; webhook: NewWebhook; secret: string }; result: WebhookState };
  'webhook.edit': { input: OnWebhook & { edit: WebhookEdit }; result: WebhookState };
  'webhook.delete': { input: OnWebhook; result: undefined };
  'webhook.pause': { input: OnWebhook; result: WebhookState };
  'webhook.resume': { input: OnWebhook; result: WebhookState };
  'webhook.skip': { input: OnWebhook & { through: number | undefined }; result: WebhookState };
  'webhook.rotate-secret': { input: OnWebhook & { secret: string }; result: WebhookState };
  'webhook.test': { input: OnWebhook & { eventId: string }; result: DeliveryState };
  'webhook.redeliver': { input: OnWebhook & { deliveryId: number }; result: DeliveryState };
};

/** What a sender tells. Of one that has lost its claim nothing is taken. */
export type DeliveryCommands = {
  /** Takes a webhook to send to it. Answers undefined where somebody else has it, or it was deleted. */
  'webhook.claim': { input: OnWebhook & { leaseMs: number }; result: WebhookState | undefined };
  /** Answers the webhook as it is by now; undefined where the claim is lost. So does `webhook.record`. */
  'webhook.renew': { input: LeaseKey & { leaseMs: number }; result: WebhookState | undefined };
  'webhook.record': { input: LeaseKey & { attempts: readonly AttemptRecord[] }; result: WebhookState | undefined };
  'webhook.release': { input: LeaseKey; result: undefined };
};

/** A claim, by the webhook and the fence that it had when it was claimed. */
export type LeaseKey = OnWebhook & { fence: number };

/** What was sent: the next event, or a delivery that is out of turn. */
export type DeliverySubject =
  | { kind: 'event'; eventId: string; eventType: EventType; position: number }
  | { kind: 'out-of-turn'; deliveryId: number };

/** What came of an attempt. `nextAttemptAtMs`, since the epoch: undefined where a day has passed in vain. */
export type AttemptOutcome =
  | { kind: 'delivered' }
  | { kind: 'gone' }
  | { kind: 'failed'; nextAttemptAtMs: number | undefined };

export type AttemptRecord = { subject: DeliverySubject; attempt: DeliveryAttempt; outcome: AttemptOutcome };
