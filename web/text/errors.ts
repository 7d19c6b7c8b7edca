// What a failed request is told as.

import { ConnectionError, ProblemError, UnexpectedResponseError } from '../../client/index.ts';

export type ErrorText = {
  detail: string;
  /** Under which the log of the service has it. */
  requestId?: string;
  /** The order that stands in the way. */
  orderId?: number;
};

/** What to say of a failed read. Nothing of a lost connection: the banner does, and the next poll mends it. */
export function readFailure(error: Error | null): Error | null {
  return error instanceof ConnectionError ? null : error;
}

export function toErrorText(error: Error): ErrorText {
  if (error instanceof ProblemError) {
    const { problem } = error;
    const orderId = problem.code === 'conflict' ? problem.orderId : undefined;
    return { detail: problem.detail, requestId: problem.requestId, ...(orderId !== undefined && { orderId }) };
  }
  if (error instanceof ConnectionError) {
    return { detail: 'No answer came, so it is not known whether this was done. Look before you try again.' };
  }
  if (error instanceof UnexpectedResponseError) {
    return { detail: `Something other than the service answered, with status ${error.status}.` };
  }
  return { detail: error.message };
}
