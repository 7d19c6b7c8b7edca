// Decides whether a failed request is sent again, and when.

import type { ClientEnvironment } from '../environment.ts';
import type { OrderWorkflowError } from '../errors.ts';

const baseMs = 500;
const factor = 4;
const maxBackoffMs = 15_000;
/** A longer Retry-After is not waited for: the error is thrown at once, so that the caller can decide. */
const maxRetryAfterSeconds = 60;

/**
 * Whether the service executes a repeated request once. POST carries an idempotency key in every attempt, and a PUT
 * with `If-Match` changes only the version that the caller has seen. GET and DELETE are idempotent (RFC 9110, section
 * 9.2.2).
 */
export function isRepeatable(method: string, headers: Headers): boolean {
  if (method === 'PUT') return headers.has('if-match');
  return method === 'GET' || method === 'DELETE' || (method === 'POST' && headers.has('idempotency-key'));
}

/**
 * Returns the pause before the next attempt in milliseconds: 0.5, 2, 8 and then 15 s, shortened by up to a quarter at
 * random, and at least the Retry-After of the response. Four retries outlast a restart of the service of 19 s.
 * Undefined if the failure is permanent or the wait too long.
 */
export function findRetryDelayMs(error: OrderWorkflowError, { random }: ClientEnvironment): number | undefined {
  const retryAfterSeconds = error.retryAfterSeconds ?? 0;
  if (!error.isRetryable || retryAfterSeconds > maxRetryAfterSeconds) return undefined;
  return Math.max(computeBackoffMs(baseMs * factor ** (error.attempts - 1), random), retryAfterSeconds * 1_000);
}

/** Limits a pause and shortens it by up to a quarter at random, so that clients do not return all at once. */
export function computeBackoffMs(ms: number, random: () => number, maxMs: number = maxBackoffMs): number {
  return Math.min(maxMs, ms) * (0.75 + random() / 4);
}
