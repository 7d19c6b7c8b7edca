// Classifies PostgreSQL errors, for a connection and for a commit (postgresql.org/docs/18/errcodes-appendix.html).

import { DatabaseError } from 'pg';
import type { FailureKind } from '../failure-kind.ts';
import { describeFailure } from './failure-messages.ts';

/** The code of a connection that is lost or cannot be established. */
const unavailableCode = 'POSTGRES_UNAVAILABLE';

/** Nothing was written: the connection was never established, or lost before the COMMIT. */
export class DatabaseUnavailableError extends Error {
  override readonly name = 'DatabaseUnavailableError';
  readonly code = unavailableCode;
}

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

/**
 * Whether the server rejected a statement and the connection is still usable. Any other error means that it is lost.
 */
export function isStatementError(error: unknown): error is DatabaseError {
  return error instanceof DatabaseError && !endsConnection(error);
}

/**
 * Codes, or prefixes, after which the connection is closed. Needed for servers whose severity is in another language.
 */
const connectionEndCodes = ['08', '25P03', '25P04', '28', '3D000', '53300', '57P', '58', 'F0', 'XX'];

/** A server that became read-only after a failover stays so on the same connection. */
const readOnlyCode = '25006';

function endsConnection({ severity = '', code = '' }: DatabaseError): boolean {
  if (code === readOnlyCode) return true;
  if (severity === 'ERROR') return false;
  return severity === 'FATAL' || severity === 'PANIC' || connectionEndCodes.some((start) => code.startsWith(start));
}

/**
 * Converts an error of `pg`. Errors of statements lose their `detail`, which can contain row values; all others become
 * a DatabaseUnavailableError.
 */
export function toDatabaseError(error: unknown): unknown {
  if (isStatementError(error)) return Object.assign(error, { detail: undefined });
  return toUnavailableError(error);
}

/** Converts an error that occurred while connecting. */
export function toUnavailableError(error: unknown): DatabaseUnavailableError {
  if (error instanceof DatabaseUnavailableError) return error;
  return new DatabaseUnavailableError(describeFailure(error), { cause: error });
}
