// What is kept of a request that names an Idempotency-Key and may be sent again: what it is known by, and its answer.

import { createHash } from 'node:crypto';
import type { ProblemCode } from '../../../contract/problem-table.ts';
import type { CommandOutcome, IdempotentRequest } from '../../commands/idempotency.ts';
import { RequestProblem } from '../../domain/problem.ts';
import { toJsonText } from '../../shared/json-text.ts';
import { renderProblem } from '../problems/render-problem.ts';
import type { RenderedResponse, ServiceRequest } from '../request/request.ts';
import { toInitiator } from '../request/request-context.ts';

/** An answer whose body is not text yet. */
export type CommandResponse = { status: number; headers: Record<string, string>; body: unknown };

/** How a request is answered, from what its command has answered. */
type RenderResult = (respond: unknown) => CommandResponse;

/** What goes through the door beside a command, so that its answer is kept. */
export function toIdempotentRequest(request: ServiceRequest, key: string, answerOf: RenderResult): IdempotentRequest {
  return {
    principal: toInitiator(request).actor.id,
    key,
    fingerprint: computeFingerprint(request),
    renderResponse: (outcome) => renderStoredResponse(request, outcome, answerOf),
  };
}

/** What makes two requests the same: method, path, `If-Match` and body, in whatever order its members come. */
function computeFingerprint({ method, pathname, headers, body }: ServiceRequest): string {
  const facts = [method, pathname, headers['if-match'], sorted(body)];
  return createHash('sha256').update(JSON.stringify(facts)).digest('base64url');
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, member]) => [key, sorted(member)] as const);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The refusals that the state has earned: the same request could get no other, until that changes. */
const storedProblems: ReadonlySet<ProblemCode> = new Set([
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
  return renderProblem(error, request.pathname, request.id);
}
