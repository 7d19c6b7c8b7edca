// The commands that change webhooks and deliveries, as data.

import type { DeliveryAttempt } from '../../contract/schemas/delivery.ts';
import type { EventType } from '../../contract/schemas/event.ts';
import type { NewWebhook, WebhookEdit } from '../../contract/schemas/webhook.ts';
import type { Initiator } from './event.ts';
import type { DeliveryState, WebhookState } from './webhook.ts';

type OnWebhook = { webhookId: number };

/** Commands of API clients. */
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
  | { kind: 'event'; eventId: string; eventType: EventType; position: number }
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
