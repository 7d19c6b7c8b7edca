// Idempotent requests: the response to the first request with a key is stored and returned to every repetition.

import type { IdempotencyKey, ResponseData } from '../database/mapping/stored-response.ts';
import { createProblem } from '../domain/problem.ts';
import type { UnitOfWork } from './unit-of-work.ts';

/** How a command ended: with its result, or with the error that refused it. */
export type CommandOutcome = { result: unknown } | { error: unknown };

/** A request that carries an idempotency key. */
export type IdempotentRequest = IdempotencyKey & {
  /** Hash of the request, to detect that a key is reused for another request. */
  fingerprint: string;
  /** Renders the response for an outcome. Pure. Returns undefined if the response must not be stored. */
  renderResponse(outcome: CommandOutcome): ResponseData | undefined;
};

export type IdempotentResponse = ResponseData & {
  /** Whether this is the stored response of an earlier request. */
  isReplay: boolean;
};

/**
 * Returns the stored response of the same request if there is one. Otherwise decides the command and stores its
 * response.
 */
export function decideIdempotent(
  unitOfWork: UnitOfWork,
  request: IdempotentRequest,
  decide: () => CommandOutcome,
): CommandOutcome {
  const stored = unitOfWork.findStoredResponse(request);
  if (stored?.fingerprint === request.fingerprint) return { result: { ...stored.response, isReplay: true } };
  if (stored) {
    return { error: createProblem('idempotency-key-reused', 'The Idempotency-Key belongs to another request.', {}) };
  }
  const outcome = decide();
  const response = request.renderResponse(outcome);
  if (!response) return outcome;
  const { principal, key, fingerprint } = request;
  unitOfWork.storeResponse({ principal, key, fingerprint, response });
  return { result: { ...response, isReplay: false } };
}
