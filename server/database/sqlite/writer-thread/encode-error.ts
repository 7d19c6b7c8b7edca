// Converts errors to messages between threads and back.

import { UnknownCommitError } from '../../commit-errors.ts';
import type { EncodedError } from './messages.ts';

export function encodeError(error: unknown): EncodedError {
  if (!(error instanceof Error)) return { message: String(error) };
  return {
    message: error.message,
    ...(error.stack !== undefined && { stack: error.stack }),
    ...('code' in error && { code: String(error.code) }),
    ...(error instanceof UnknownCommitError && { isUnknownCommit: true }),
    ...(error.cause !== undefined && { cause: encodeError(error.cause) }),
  };
}

/** Returns an error with the message, code, stack and causes of the original one. */
export function decodeError({ message, code, stack, isUnknownCommit, cause }: EncodedError): Error {
  const options = cause && { cause: decodeError(cause) };
  const error = isUnknownCommit ? new UnknownCommitError(message, options) : new Error(message, options);
  return Object.assign(error, stack !== undefined && { stack }, code !== undefined && { code });
}
