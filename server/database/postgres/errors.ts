// What errors of PostgreSQL mean, for a connection and for a commit (postgresql.org/docs/18/errcodes-appendix.html).

import { DatabaseError } from 'pg';
import type { FailureKind } from '../failure-kind.ts';

/** The code of a connection that is lost or cannot be made. */
const unavailableCode = 'POSTGRES_AWAY';

/** Nothing was written: the connection was never made, or lost before the COMMIT. */
export class DatabaseUnavailableError extends Error {
  override readonly name = 'AwayError';
  readonly code = unavailableCode;
}

/** The code, or how it begins, and the kind of the failure. */
const kinds: readonly (readonly [code: string, kind: FailureKind])[] = [
  [unavailableCode, 'busy'],
  // Somebody holds a lock for too long, or the statement takes too long.
  ['55P03', 'busy'],
  ['57014', 'busy'],
  // Another node was faster: a unique violation, a serialization failure, a deadlock.
  ['23505', 'conflict'],
  ['40001', 'conflict'],
  ['40P01', 'conflict'],
  // Insufficient resources, system errors, corruption.
  ['53', 'storage'],
  ['58', 'storage'],
  ['XX', 'storage'],
];

/**
 * Five digits or capitals. Codes of Node, such as EPIPE, look alike, but are wrapped where they come from the database.
 */
const sqlState = /^[0-9A-Z]{5}$/;

/** The kind of a failure with this code; undefined where the code is not one of them. */
export function classifyPostgresCode(code: string): FailureKind | undefined {
  if (code !== unavailableCode && !sqlState.test(code)) return undefined;
  return kinds.find(([start]) => code.startsWith(start))?.[1];
}

/** Whether the server has refused a statement, and the connection goes on. Whatever is no answer of it is a loss. */
export function isStatementError(error: unknown): error is DatabaseError {
  return error instanceof DatabaseError && !endsConnection(error);
}

/** What a server that says so in another language has no connection after; codes, or how they begin. */
const endings = ['08', '25P03', '25P04', '28', '3D000', '53300', '57P', '58', 'F0', 'XX'];

/** A server that only reads, after a failover, will not do otherwise over the same connection. */
const readOnlyCode = '25006';

function endsConnection({ severity = '', code = '' }: DatabaseError): boolean {
  if (code === readOnlyCode) return true;
  if (severity === 'ERROR') return false;
  return severity === 'FATAL' || severity === 'PANIC' || endings.some((start) => code.startsWith(start));
}

/**
 * What to throw for an error of `pg`: a refusal of the server without what it tells of rows, which may be secret;
 * anything else as an AwayError.
 */
export function toDatabaseError(error: unknown): unknown {
  if (isStatementError(error)) return Object.assign(error, { detail: undefined });
  return toUnavailableError(error);
}

/** What to throw where no connection could be made, whatever the reason. */
export function toUnavailableError(error: unknown): DatabaseUnavailableError {
  const reason = error instanceof AggregateError ? error.errors[0] : error;
  return new DatabaseUnavailableError(`the database is away: ${reason instanceof Error ? reason.message : reason}`, {
    cause: error,
  });
}
