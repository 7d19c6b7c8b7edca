// The commands that change webhooks and deliveries, as data.

import type { DeliveryAttempt } from '../../contract/schemas/delivery.ts';
import type { OrderEventType } from '../../contract/schemas/events/order-event.ts';
import type { NewWebhook, WebhookEdit } from '../../contract/schemas/webhook.ts';
import type { Initiator } from './event.ts';
import type { DeliveryState, WebhookState } from './webhook.ts';

type OnWebhook = { webhookId: number };
/** A command of an API client on an existing webhook. */
type ByClient = OnWebhook & { initiator: Initiator };

/** Commands of API clients. */
export type WebhookCommands = {
  'webhook.create': { input: { initiator: Initiator; webhook: NewWebhook; secret: string }; result: WebhookState };
  'webhook.edit': { input: ByClient & { edit: WebhookEdit }; result: WebhookState };
  'webhook.delete': { input: ByClient; result: undefined };
  'webhook.pause': { input: ByClient; result: WebhookState };
  'webhook.resume': { input: ByClient; result: WebhookState };
  'webhook.skip': { input: ByClient & { through: number | undefined }; result: WebhookState };
  'webhook.rotate-secret': { input: ByClient & { secret: string }; result: WebhookState };
  'webhook.test': { input: OnWebhook & { eventId: string }; result: DeliveryState };
  'webhook.redeliver': { input: OnWebhook & { deliveryId: number }; result: DeliveryState };
};

/** Commands of delivery workers. They have no effect if the lease is lost. */
export type DeliveryCommands = {
  /** Leases a webhook. Returns undefined if another worker holds its lease, or if it was deleted. */
  'webhook.claim': { input: OnWebhook & { leaseMs: number }; result: WebhookState | undefined };
  /** Extends the lease. Returns the current webhook, or undefined if the lease is lost. */
  'webhook.renew': { input: LeaseKey & { leaseMs: number }; result: WebhookState | undefined };
  /** Records attempts in order. Returns the current webhook, or undefined if the lease is lost. */
  'webhook.record': { input: LeaseKey & { attempts: readonly AttemptRecord[] }; result: WebhookState | undefined };
  'webhook.release': { input: LeaseKey; result: undefined };
};

/** Identifies a lease: the webhook, and its fence after the claim. */
export type LeaseKey = OnWebhook & { fence: number };

/** The subject of an attempt: the next event of the log, or a requested delivery (a test or a redelivery). */
export type DeliverySubject =
  | { kind: 'event'; eventId: string; eventType: OrderEventType; position: number }
  | { kind: 'requested'; deliveryId: number };

/** The outcome of an attempt. */
export type AttemptOutcome =
  | { kind: 'delivered' }
  /** The receiver responded with 410 Gone. */
  | { kind: 'gone' }
  /** `nextAttemptAtMs`: milliseconds since the epoch; undefined: no further attempt. */
  | { kind: 'failed'; nextAttemptAtMs: number | undefined };

/** One attempt, as it is recorded. */
export type AttemptRecord = { subject: DeliverySubject; attempt: DeliveryAttempt; outcome: AttemptOutcome };
