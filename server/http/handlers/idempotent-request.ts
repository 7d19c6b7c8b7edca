// What is kept of a request that names an Idempotency-Key and may be sent again: what it is known by, and its answer.

import { createHash } from 'node:crypto';
import type { ProblemCode } from '../../../contract/problem-table.ts';
import type { Once, Outcome } from '../../commands/idempotency.ts';
import type { Answer } from '../../database/writes/idempotency-keys.ts';
import { ProblemError } from '../../domain/problem.ts';
import { problemAnswer } from '../problems/render-problem.ts';
import type { ServiceRequest } from '../request/request.ts';
import { initiatorOf } from '../request/request-context.ts';

/** An answer whose body is not text yet. */
export type WholeAnswer = { status: number; headers: Record<string, string>; body: unknown };

/** How a request is answered, from what its command has answered. */
type AnswerOf = (answer: unknown) => WholeAnswer;

/** What goes through the door beside a command, so that its answer is kept. */
export function onceOf(request: ServiceRequest, key: string, answerOf: AnswerOf): Once {
  return {
    principal: initiatorOf(request).actor.id,
    key,
    fingerprint: fingerprintOf(request),
    answerTo: (outcome) => keptAnswerTo(request, outcome, answerOf),
  };
}

/** What makes two requests the same: method, path, `If-Match` and body, in whatever order its members come. */
function fingerprintOf({ method, pathname, headers, body }: ServiceRequest): string {
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
const keptRefusals: ReadonlySet<ProblemCode> = new Set([
  'invalid-transition',
  'separation-of-duties',
  'not-found',
  'version-mismatch',
]);

function keptAnswerTo(request: ServiceRequest, outcome: Outcome, answerOf: AnswerOf): Answer | undefined {
  if ('answer' in outcome) {
    const { status, headers, body } = answerOf(outcome.answer);
    return { status, headers, body: JSON.stringify(body) };
  }
  const { reason } = outcome;
  if (!(reason instanceof ProblemError) || !keptRefusals.has(reason.code)) return undefined;
  return problemAnswer(reason, request.pathname, request.id);
}
