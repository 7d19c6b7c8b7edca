// Requests with an idempotency key: their fingerprint, and the response that is stored for them.

import { createHash } from 'node:crypto';
import type { ProblemCode } from '../../../contract/problems/problem-table.ts';
import type { CommandOutcome, IdempotentRequest } from '../../commands/idempotency.ts';
import { RequestProblem } from '../../domain/problem.ts';
import { toJsonText } from '../../shared/json-text.ts';
import { renderProblem } from '../problems/render-problem.ts';
import type { RenderedResponse, ServiceRequest } from '../request/request.ts';
import { toInitiator } from '../request/request-context.ts';

/** A response whose body is not serialized yet. */
export type CommandResponse = { status: number; headers: Record<string, string>; body: unknown };

/** Renders the response of a command from its result. */
type RenderResult = (result: unknown) => CommandResponse;

/** Returns the part of a request that the command bus needs to store and replay its response. */
export function toIdempotentRequest(
  request: ServiceRequest,
  key: string,
  renderResult: RenderResult,
): IdempotentRequest {
  return {
    principal: toInitiator(request).actor.id,
    key,
    fingerprint: computeFingerprint(request),
    renderResponse: (outcome) => renderStoredResponse(request, outcome, renderResult),
  };
}

/** Hashes method, path, `If-Match` and body. The order of members in the body does not matter. */
function computeFingerprint({ method, pathname, headers, body }: ServiceRequest): string {
  const parts = [method, pathname, headers['if-match'], sortMembers(body)];
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url');
}

function sortMembers(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortMembers);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, member]) => [key, sortMembers(member)] as const);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Problems that follow from the state. Only these are stored; all others, such as 503, may not recur on a retry. */
export const storedProblems: ReadonlySet<ProblemCode> = new Set([
  'invalid-transition',
  'separation-of-duties',
  'not-found',
  'version-mismatch',
]);

function renderStoredResponse(
  request: ServiceRequest,
  outcome: CommandOutcome,
  renderResult: RenderResult,
): RenderedResponse | undefined {
  if ('result' in outcome) {
    const { status, headers, body } = renderResult(outcome.result);
    return { status, headers, body: toJsonText(body) };
  }
  const { error } = outcome;
  if (!(error instanceof RequestProblem) || !storedProblems.has(error.code)) return undefined;
  return renderProblem(error, request);
}
