// A record of every write and its outcome, to be checked against the final state of the database.

import type { Order, Problem, Validation } from '../../../client/index.ts';

export type Outcome =
  | { kind: 'order'; order: Order }
  | { kind: 'validation'; validation: Validation }
  | { kind: 'problem'; problem: Problem }
  /** No response was received, and the write was not repeated. */
  | { kind: 'unknown' };

export type WriteAction = 'create' | 'edit' | 'validate' | 'approve' | 'reject' | 'retry';

/** A write and its outcome. */
export type RecordedWrite = {
  action: WriteAction;
  /** A unique text in the request, which its event repeats. The events of `validate` and `retry` do not contain it. */
  tag: string;
  /** Undefined for `create`. */
  orderId: number | undefined;
  /** The version of `If-Match`, if the request had one. */
  expectedVersion: number | undefined;
  /** Whether it had an `Idempotency-Key`. Edits never have one. */
  isKeyed: boolean;
  /** The number of requests. */
  sends: number;
  /** The number of requests that timed out. They may have been executed after the timeout. */
  timeouts: number;
  outcome: Outcome;
};

export type WriteLog = {
  readonly writes: RecordedWrite[];
  /** The number of requests without a response, by cause: broken connection, problem `unavailable`, timeout. */
  readonly failures: { broken: number; unavailable: number; timeout: number };
};

export function createWriteLog(): WriteLog {
  return { writes: [], failures: { broken: 0, unavailable: 0, timeout: 0 } };
}
