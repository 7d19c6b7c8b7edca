// Everything that writers were answered, to be held against what is there in the end.

import type { Order, Problem, Validation } from '../../../client/index.ts';

export type Outcome =
  | { kind: 'order'; order: Order }
  | { kind: 'validation'; validation: Validation }
  | { kind: 'refused'; problem: Problem }
  /** No answer came, and nobody asked again. */
  | { kind: 'unknown' };

export type WriteAction = 'create' | 'edit' | 'validate' | 'approve' | 'reject' | 'retry';

/** A write, and what came of it. */
export type RecordedWrite = {
  action: WriteAction;
  /** What the write says and no other; events tell it. Starts and retries of validations say nothing. */
  tag: string;
  /** The order that it is about; undefined where it makes one. */
  orderId: number | undefined;
  /** The version that was asked for, if one was. */
  expected: number | undefined;
  /** Whether it had an Idempotency-Key; edits never have one. */
  isKeyed: boolean;
  /** How often it was sent. */
  sends: number;
  /** How often nobody waited for its answer any longer: these may still have been done later. */
  timeouts: number;
  outcome: Outcome;
};

export type RequestLog = {
  readonly writes: RecordedWrite[];
  /** Requests without an answer, since the connection broke, the service was unavailable, or the time was up. */
  readonly failures: { broken: number; unavailable: number; late: number };
};

export function createRequestLog(): RequestLog {
  return { writes: [], failures: { broken: 0, unavailable: 0, late: 0 } };
}
