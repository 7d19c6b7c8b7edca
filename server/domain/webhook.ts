// What is kept of a webhook and of what was sent to it. Plain data: the decisions are made of these and nothing else.

import type { Delivery } from '../../contract/delivery.ts';
import type { EventType } from '../../contract/event.ts';
import type { PauseReason } from '../../contract/webhook.ts';

/** A webhook as it is kept: where events go, how far it has come in the log, and who is sending. */
export type WebhookState = {
  id: number;
  url: string;
  /** The types that it wants; null: all. */
  types: EventType[] | null;
  description: string | null;
  secret: string;
  /** The secret before, with which all is signed, too, until `formerSecretUntil`. */
  formerSecret: string | null;
  formerSecretUntil: string | null;
  /** Why nothing is sent; null while it is. */
  pauseReason: PauseReason | null;
  pausedAt: string | null;
  /** Every event up to this position of the log is dealt with. */
  position: number;
  /** The delivery of the next event, which has failed before; null where it is still to be tried. */
  failingDeliveryId: number | null;
  /** How often the next event has failed, and since when. */
  failures: number;
  failingSince: string | null;
  /** When the next event may be sent. Milliseconds since the epoch. */
  dueAtMs: number;
  /** Rises at each claim and never resets. Whoever tells of an attempt with another one has lost the claim. */
  fence: number;
  /** Until when somebody is sending, who says so before that is over. Milliseconds since the epoch. */
  leasedUntilMs: number | null;
  createdBy: string;
  createdAt: string;
  updatedAt: string;
};

/** How long a receiver may fail before its webhook is paused, in ms. No attempt is scheduled further ahead. */
export const maxFailingMs = 24 * 3_600_000;

/** How far the clocks of nodes may differ, in milliseconds. */
export const clockToleranceMs = 60_000;

/** What was sent, or is to be sent, to a webhook, with every attempt. */
export type DeliveryState = Delivery;
