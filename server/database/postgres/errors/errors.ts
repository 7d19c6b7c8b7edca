// Errors of PostgreSQL connections and statements.

import { DatabaseError } from 'pg';
import { unavailableCode } from './codes.ts';
import { describeFailure } from './messages.ts';

/** Nothing was written: the connection was never established, or lost before the COMMIT. */
export class DatabaseUnavailableError extends Error {
  override readonly name = 'DatabaseUnavailableError';
  readonly code = unavailableCode;
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
