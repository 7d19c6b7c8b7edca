// Classifies PostgreSQL error codes (postgresql.org/docs/18/errcodes-appendix.html), without loading the driver.

import type { FailureKind } from '../../failure-kind.ts';

/** The code of a connection that is lost or cannot be established. */
export const unavailableCode = 'POSTGRES_UNAVAILABLE';

/** A code or its prefix, and the kind of failure. */
const kinds: readonly (readonly [code: string, kind: FailureKind])[] = [
  [unavailableCode, 'busy'],
  // Lock timeout, and statement timeout.
  ['55P03', 'busy'],
  ['57014', 'busy'],
  // Another node won the race: unique violation, serialization failure, deadlock.
  ['23505', 'conflict'],
  ['40001', 'conflict'],
  ['40P01', 'conflict'],
  // Insufficient resources, system errors, corruption.
  ['53', 'storage'],
  ['58', 'storage'],
  ['XX', 'storage'],
];

/**
 * Five digits or capital letters. Codes of Node such as EPIPE have the same form, but errors of the connection are
 * wrapped first.
 */
const sqlState = /^[0-9A-Z]{5}$/;

/** Returns undefined for other codes. */
export function classifyPostgresCode(code: string): FailureKind | undefined {
  if (code !== unavailableCode && !sqlState.test(code)) return undefined;
  return kinds.find(([start]) => code.startsWith(start))?.[1];
}
