// What is kept of an order and of a validation run, and what one commit can change. Plain data: the decisions are made
// of these and nothing else, on any database.

import type { Actor } from '../../contract/actor.ts';
import type { EventData, EventType } from '../../contract/event.ts';
import type { Order } from '../../contract/order.ts';
import { openStates, type Validation } from '../../contract/validation.ts';
import type { DeliveryState, WebhookState } from './webhook.ts';

/** An order as it is kept: what is answered, less what follows from it. */
export type OrderState = Omit<Order, 'allowedActions'> & {
  /** Whoever has created or edited it, each once. */
  contributors: string[];
};

/** A validation run as it is kept. */
export type RunState = Validation & {
  /**
   * Rises at each claim, and when the run is put back, and never resets. Whoever carries another one, with a verdict or
   * for a claim, comes too late.
   */
  fence: number;
};

/** The kinds of rows that have generated ids. */
export type IdKind = 'order' | 'run' | 'webhook' | 'delivery';

/** An event before the log gives it its id and position. */
export type EventDraft = {
  [Type in EventType]: {
    type: Type;
    timestamp: string;
    orderId: number;
    sequence: number;
    actor: Actor;
    requestId: string | null;
    /** The network address that it was asked from. */
    address: string | null;
    data: EventData<Type>;
  };
}[EventType];

/** What a commit asks of the job engine. Times are milliseconds since the epoch. */
export type JobChange =
  | { kind: 'enqueue'; runId: number; dueAt: number }
  /** The same, but where there is a job that somebody will look at, that one stays. */
  | { kind: 'restore'; runId: number; dueAt: number }
  | { kind: 'lease'; runId: number; until: number }
  | { kind: 'remove'; runId: number };

/** Everything that one command changes: whole new states, and rows that are only ever added. */
export type Changes = {
  orders?: OrderState[];
  runs?: RunState[];
  events?: EventDraft[];
  jobs?: JobChange[];
  webhooks?: WebhookState[];
  /** Webhooks, by their ids, that are to be deleted. */
  deletedWebhooks?: readonly number[];
  deliveries?: DeliveryState[];
  /** Kept answers and old deliveries, by their ids, that are to be forgotten. */
  purged?: ExpiredRows;
};

/** What nobody may ask for any more, by its ids. */
export type ExpiredRows = { idempotencyKeys?: readonly number[]; deliveries?: readonly number[] };

/** How many of a kind are forgotten with one command, so that others are not kept waiting. */
export const purgeBatchSize = 500;

/** What a command is decided on. It shows what earlier commands of the same group have changed already. */
export type CurrentState = {
  /** RFC 3339, UTC, milliseconds. */
  now: string;
  /**
   * The id that the next new one of a kind gets; `ahead`: the one after as many others.
   * @throws Error the needs of the command do not name the kind so often in `ids`
   */
  nextId(kind: IdKind, ahead?: number): number;
  order(orderId: number): OrderState | undefined;
  run(runId: number): RunState | undefined;
  /** The order that has this reference. */
  findOrderIdByReference(reference: string): number | undefined;
  webhook(webhookId: number): WebhookState | undefined;
  delivery(deliveryId: number): DeliveryState | undefined;
  /**
   * The position that the log has reached.
   * @throws Error the needs of the command do not say `head`
   */
  head: number;
  /** Some of what nobody may ask for any more. */
  expired: Required<ExpiredRows>;
};

/** What has to be loaded before a command can be decided. */
export type ReadSet = {
  orderIds?: number[];
  runIds?: number[];
  references?: string[];
  /** What the command may add, which then needs an id: each kind as often as it may add one. */
  ids?: readonly IdKind[];
  webhookIds?: number[];
  deliveryIds?: number[];
  /** Whether the command asks how far the log has come. */
  head?: true;
  /** Of what kinds the command asks for some that are too old. */
  expired?: readonly (keyof ExpiredRows)[];
};

/** Whether a run has not ended yet. */
export function isOpen(run: RunState): boolean {
  return openStates.includes(run.state);
}
