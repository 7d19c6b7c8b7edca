// How commands are answered: with which status, headers and body; and which of the answers are kept, for a request that
// names an Idempotency-Key and may be sent again.

import { createHash } from 'node:crypto';
import type { PolicyCheck } from '../../contract/policy.ts';
import type { ExpectedVersions } from '../../contract/preconditions.ts';
import type { ProblemCode } from '../../contract/problem-table.ts';
import type { Validation } from '../../contract/validation.ts';
import type { AnyCommand, Commands } from '../commands/commands.ts';
import { toOrder } from '../orders/views.ts';
import { ProblemError } from '../problem.ts';
import { JsonText } from '../store/json-text.ts';
import type { Answer } from '../store/kept-answers.ts';
import type { Once, Outcome } from '../store/once.ts';
import type { OrderState } from '../store/state.ts';
import { entityTagOf } from './entity-tag.ts';
import { type ServiceRequest, type ServiceResponse, setHeaders } from './exchange.ts';
import { problemAnswer } from './problem-text.ts';
import { initiatorOf } from './request-context.ts';
import type { Services } from './services.ts';

const answers = {
  'order.create': (order: OrderState) =>
    ({
      status: 201,
      headers: { Location: `/orders/${order.id}`, ETag: entityTagOf(order) },
      body: toOrder(order),
    }) as const,
  'order.edit': changedOrder,
  'order.validate': (validation: Validation) =>
    ({
      status: 202,
      headers: { Location: `/validations/${validation.id}` },
      body: { message: 'validation started', validation },
    }) as const,
  'order.retry': (validation: Validation) => ({ status: 202, headers: {}, body: validation }) as const,
  'order.approve': changedOrder,
  'order.reject': changedOrder,
  'policy.check': (result: PolicyCheck) => ({ status: 200, headers: {}, body: result }) as const,
};

function changedOrder(order: OrderState) {
  return { status: 200, headers: { ETag: entityTagOf(order) }, body: toOrder(order) } as const;
}

type AnsweredType = keyof typeof answers;
type AnswerTo<Type extends AnsweredType> = Omit<ReturnType<(typeof answers)[Type]>, 'headers'>;
type InputOf<Type extends AnsweredType> = { type: Type } & Commands[Type]['input'];

/** The table is typed row by row; here, where the type of the command picks the row, they fit by construction. */
function answerOf(
  type: AnsweredType,
  answer: unknown,
): { status: number; headers: Record<string, string>; body: unknown } {
  return (answers[type] as (answer: unknown) => ReturnType<typeof answerOf>)(answer);
}

/** What a handler is handed, as far as the answer to a command depends on it. */
type CommandInput = {
  req: ServiceRequest;
  res: ServiceResponse;
  headers: { 'idempotency-key'?: string | undefined; 'if-match'?: ExpectedVersions | undefined };
};

/**
 * Commits a command, and answers it; at once with the answer of the first time, where the request was sent before with the
 * same key. A key counts with POST alone: ts-rest also hands on headers that the contract does not name.
 */
export function commandAnswerer({ commit, commitOnce }: Services) {
  return async <Type extends AnsweredType>(input: CommandInput, command: InputOf<Type>): Promise<AnswerTo<Type>> => {
    const { req, res, headers } = input;
    const key = req.method === 'POST' ? headers['idempotency-key'] : undefined;
    if (key === undefined) {
      const answer = answerOf(command.type, await commit(command as never));
      setHeaders(res, answer.headers);
      return { status: answer.status, body: answer.body } as AnswerTo<Type>;
    }
    const answer = await commitOnce(command as AnyCommand, onceOf(req, key, command.type));
    setHeaders(res, answer.headers);
    if (answer.isReplay) res.setHeader('Idempotent-Replayed', 'true');
    return { status: answer.status, body: new JsonText(answer.body) } as unknown as AnswerTo<Type>;
  };
}

function onceOf(request: ServiceRequest, key: string, type: AnsweredType): Once {
  return {
    principal: initiatorOf(request).actor.id,
    key,
    fingerprint: fingerprintOf(request),
    answerTo: (outcome) => keptAnswerTo(request, type, outcome),
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

/** The refusals that the state of an order has earned: the same request could get no other, until that changes. */
const keptRefusals: ReadonlySet<ProblemCode> = new Set([
  'invalid-transition',
  'separation-of-duties',
  'not-found',
  'version-mismatch',
]);

function keptAnswerTo(request: ServiceRequest, type: AnsweredType, outcome: Outcome): Answer | undefined {
  if ('answer' in outcome) {
    const { status, headers, body } = answerOf(type, outcome.answer);
    return { status, headers, body: JSON.stringify(body) };
  }
  const { reason } = outcome;
  if (!(reason instanceof ProblemError) || !keptRefusals.has(reason.code)) return undefined;
  return problemAnswer(reason, request.pathname, request.id);
}
