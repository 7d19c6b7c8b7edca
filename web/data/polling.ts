// Polling intervals. Polling is fast during a validation, slower otherwise, and rare while the event stream is open.

import { ConnectionError, type Order, ProblemError } from '@order-workflow/client';

const activeMs = 750;
const reconnectMs = 2_000;
const idleMs = 5_000;
const streamingMs = 30_000;

let isStreaming = false;

/** Records whether the event stream is open. */
export function setStreamConnected(isConnected: boolean): void {
  isStreaming = isConnected;
}

/** Whether the latest validation of an order is queued or running. */
export function isBeingValidated(order: Order): boolean {
  return order.validation?.state === 'open';
}

/**
 * The time until the next poll, in milliseconds. False disables polling after a 401 or 403 response, because only
 * another token can change the result.
 */
export function pollingIntervalMs(isValidating: boolean, error: Error | null): number | false {
  if (error instanceof ProblemError && (error.code === 'unauthenticated' || error.code === 'forbidden')) return false;
  if (error instanceof ConnectionError) return reconnectMs;
  if (isStreaming) return streamingMs;
  return isValidating ? activeMs : idleMs;
}
