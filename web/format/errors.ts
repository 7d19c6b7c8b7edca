// Converts errors of the SDK into texts for the user.

import { ConnectionError, ProblemError, UnexpectedResponseError } from '@order-workflow/client';

/** An error as shown to the user. */
export type ErrorText = {
  detail: string;
  /** Identifies the request in the log of the service. */
  requestId?: string;
  /** The order that caused the conflict. */
  orderId?: number;
};

/**
 * The error of a read that a component should show. Null for a lost connection: the connection banner reports it, and
 * the next poll retries the read.
 */
export function toReadError(error: Error | null): Error | null {
  return error instanceof ConnectionError ? null : error;
}

/** The text of an error. After a lost connection, it does not claim that the request failed. */
export function toErrorText(error: Error): ErrorText {
  if (error instanceof ProblemError) {
    const { problem } = error;
    const orderId = problem.code === 'conflict' ? problem.orderId : undefined;
    return { detail: problem.detail, requestId: problem.requestId, ...(orderId !== undefined && { orderId }) };
  }
  if (error instanceof ConnectionError) {
    return {
      detail: 'No response was received, so the outcome is unknown. Check the current state before you try again.',
    };
  }
  if (error instanceof UnexpectedResponseError) {
    return { detail: `The server returned an unexpected response with status ${error.status}.` };
  }
  return { detail: error.message };
}
