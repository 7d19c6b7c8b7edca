// Errors of the start on PostgreSQL that an operator can fix.

import { StartupError } from '../../../shared/startup-error.ts';
import { classifyFailure } from '../../errors.ts';
import { DatabaseUnavailableError } from './errors.ts';
import { findFailureMessage } from './messages.ts';

/**
 * Runs a step of the start.
 * @throws StartupError the database is unusable, or the role lacks a privilege
 */
export async function withStartupErrors<Result>(step: () => Promise<Result>): Promise<Result> {
  try {
    return await step();
  } catch (error) {
    const reason = findStartupReason(error);
    throw reason === undefined ? error : new StartupError([reason], { cause: error });
  }
}

/** Looks through the causes, because libraries wrap the errors of `pg`. */
function findStartupReason(error: unknown): string | undefined {
  if (!(error instanceof Error) || error instanceof StartupError) return undefined;
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    const message = cause instanceof DatabaseUnavailableError ? cause.message : findFailureMessage(cause);
    if (message !== undefined) return message;
  }
  return classifyFailure(error) === 'rejected' ? undefined : error.message;
}
