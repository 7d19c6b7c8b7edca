// The state of a webhook and of its deliveries, as plain data.

import type { Delivery } from '../../contract/schemas/delivery.ts';
import type { EventType } from '../../contract/schemas/event.ts';
import type { PauseReason } from '../../contract/schemas/webhook.ts';

/** How long the delivery of an event is retried before its webhook is paused, in milliseconds. */
export const maxFailingMs = 24 * 3_600_000;

/** The largest difference between the clocks of two nodes, in milliseconds. */
export const clockToleranceMs = 60_000;

/** A webhook: its target, its position in the log, and its lease. */
export type WebhookState = {
  id: number;
  url: string;
  /** The event types to deliver; null: all. */
  types: EventType[] | null;
  description: string | null;
  secret: string;
  /** The previous secret. Until `formerSecretUntil`, deliveries are signed with both secrets. */
  formerSecret: string | null;
  formerSecretUntil: string | null;
  /** Null: the webhook is active. */
  pauseReason: PauseReason | null;
  pausedAt: string | null;
  /** Every event up to this position of the log was delivered, skipped or not subscribed to. */
  position: number;
  /** The delivery of the next event; null before its first failed attempt. */
  failingDeliveryId: number | null;
  /** The number of failed attempts to deliver the next event. */
  failures: number;
  /** The time of the first of these attempts. */
  failingSince: string | null;
  /** When the next event may be sent, in milliseconds since the epoch. */
  dueAtMs: number;
  /** Increases with each claim and never resets. Commands with an older fence have no effect. */
  fence: number;
  /** When the current lease expires, in milliseconds since the epoch; null: there is no lease. */
  leasedUntilMs: number | null;
  createdBy: string;
  createdAt: string;
  updatedAt: string;
};

/** A message to a webhook, with its attempts. */
export type DeliveryState = Delivery;
