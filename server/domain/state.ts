// The state that commands read, and the changes they make. Plain data: decisions depend on nothing else and work the
// same on every database.

import type { EventDraft } from './event.ts';
import type { OrderState } from './order.ts';
import type { RunState } from './run.ts';
import type { ClaimedRun } from './run-commands.ts';
import type { DeliveryState, WebhookState } from './webhook.ts';

/** The kinds of rows that have generated ids. */
export type IdKind = 'order' | 'run' | 'webhook' | 'delivery';

/** A change of a run's job, committed with the run. Times are milliseconds since the epoch. */
export type JobChange =
  /**
   * Adds the job, or makes the existing one due again at this time. With `leasedUntilMs`, this node already evaluates
   * the run, and other nodes may claim it only after that time.
   */
  | { kind: 'enqueue'; runId: number; dueAtMs: number; leasedUntilMs?: number }
  /** Adds the job unless the run has one that can still be claimed. */
  | { kind: 'enqueue-if-missing'; runId: number; dueAtMs: number }
  /** Records the lease of a new claim. pg-boss ignores it: heartbeats keep fetched jobs alive. */
  | { kind: 'lease'; runId: number; untilMs: number }
  /** Extends a lease. pg-boss postpones the job if no node has fetched it. */
  | { kind: 'renew'; runId: number; untilMs: number }
  | { kind: 'remove'; runId: number };

/** All changes of one command: complete new states, and rows to append or delete. */
export type Changes = {
  orders?: OrderState[];
  runs?: RunState[];
  events?: EventDraft[];
  jobs?: JobChange[];
  /** Runs whose first attempt begins on this node with the commit. */
  begun?: ClaimedRun[];
  webhooks?: WebhookState[];
  /** Ids of webhooks to delete. */
  deletedWebhooks?: readonly number[];
  deliveries?: DeliveryState[];
  /** Expired rows to delete. */
  purged?: ExpiredRows;
};

/** The rows of a kind that a group of commands has changed or removed, by id. */
export type ChangedRows<State> = {
  /** The rows before the changes. A row that is missing here is new. */
  readonly before: ReadonlyMap<number, State>;
  readonly changed: ReadonlyMap<number, State>;
  readonly removed: ReadonlySet<number>;
};

/** Ids of rows whose retention time is over. */
export type ExpiredRows = { idempotencyKeys?: readonly number[]; deliveries?: readonly number[] };

/** How many rows of a kind one command deletes, so that other commands do not wait long. */
export const purgeBatchSize = 500;

/** How many attempts can begin on this node, and the duration of their leases in milliseconds. */
export type AttemptCapacity = { free: number; leaseMs: number };

/** The state that a command is decided on. It includes the changes of earlier commands of the same group. */
export type CurrentState = {
  /** RFC 3339, UTC, milliseconds. */
  now: string;
  /**
   * Returns the id for the next new row of a kind.
   * @param ahead returns the id after this many others instead; default 0
   * @throws Error the command's read set does not list the kind often enough in `ids`
   */
  nextId(kind: IdKind, ahead?: number): number;
  /**
   * Reserves capacity for an attempt that begins with the commit. Returns the duration of its lease in milliseconds, or
   * undefined if this node has no free capacity.
   */
  reserveAttemptLeaseMs(): number | undefined;
  order(orderId: number): OrderState | undefined;
  run(runId: number): RunState | undefined;
  findOrderIdByReference(reference: string): number | undefined;
  webhook(webhookId: number): WebhookState | undefined;
  delivery(deliveryId: number): DeliveryState | undefined;
  /**
   * The position of the latest event.
   * @throws Error the command's read set does not include `head`
   */
  head: number;
  /** Some expired rows, at most `purgeBatchSize` of each kind. */
  expired: Required<ExpiredRows>;
};

/** The rows that must be loaded before a command can be decided. */
export type ReadSet = {
  orderIds?: number[];
  runIds?: number[];
  references?: string[];
  /** The rows that the command may insert: each kind as often as the command may insert one. */
  ids?: readonly IdKind[];
  webhookIds?: number[];
  deliveryIds?: number[];
  head?: true;
  /** The kinds of expired rows to load. */
  expired?: readonly (keyof ExpiredRows)[];
};
