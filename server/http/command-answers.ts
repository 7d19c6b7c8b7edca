// How commands are answered: with which status, headers and body; and which of the answers are kept, for a request that
// names an Idempotency-Key and may be sent again.

import { createHash } from 'node:crypto';
import type { PolicyCheck } from '../../contract/policy.ts';
import type { ProblemCode } from '../../contract/problem-table.ts';
import type { Validation } from '../../contract/validation.ts';
import type { AnyCommand, Commands } from '../commands/commands.ts';
import { toOrder } from '../orders/views.ts';
import { ProblemError } from '../problem.ts';
import { JsonText } from '../store/json-text.ts';
import type { Answer } from '../store/kept-answers.ts';
import type { Once, Outcome } from '../store/once.ts';
import type { OrderState } from '../store/state.ts';
import type { DeliveryState, WebhookState } from '../store/webhook-state.ts';
import { toWebhook, toWebhookWithSecret } from '../webhooks/views.ts';
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
  'webhook.create': (webhook: WebhookState) =>
    ({ status: 201, headers: { Location: `/webhooks/${webhook.id}` }, body: toWebhookWithSecret(webhook) }) as const,
  'webhook.edit': changedWebhook,
  'webhook.delete': () => ({ status: 204, headers: {}, body: undefined }) as const,
  'webhook.pause': changedWebhook,
  'webhook.resume': changedWebhook,
  'webhook.skip': changedWebhook,
  'webhook.rotate-secret': (webhook: WebhookState) =>
    ({ status: 200, headers: {}, body: toWebhookWithSecret(webhook) }) as const,
  'webhook.test': startedDelivery,
  'webhook.redeliver': startedDelivery,
  'policy.check': (result: PolicyCheck) => ({ status: 200, headers: {}, body: result }) as const,
};

function changedOrder(order: OrderState) {
  return { status: 200, headers: { ETag: entityTagOf(order) }, body: toOrder(order) } as const;
}

function changedWebhook(webhook: WebhookState) {
  return { status: 200, headers: {}, body: toWebhook(webhook) } as const;
}

function startedDelivery(delivery: DeliveryState) {
  const Location = `/webhooks/${delivery.webhookId}/deliveries/${delivery.id}`;
  return { status: 202, headers: { Location }, body: delivery } as const;
}

type WholeAnswer = { status: number; headers: Record<string, string>; body: unknown };
type AnsweredType = keyof typeof answers;
type AnswerTo<Type extends AnsweredType> = Omit<ReturnType<(typeof answers)[Type]>, 'headers'>;
type InputOf<Type extends AnsweredType> = { type: Type } & Commands[Type]['input'];

/** The table is typed row by row; here, where the type of the command picks the row, they fit by construction. */
function answerOf(type: AnsweredType, answer: unknown): WholeAnswer {
  return (answers[type] as (answer: unknown) => WholeAnswer)(answer);
}

/** What a handler is handed of a request that leads to a command. */
type CommandRequest = { req: ServiceRequest; res: ServiceResponse };
/** The same of a request that may name an Idempotency-Key. */
type KeyedRequest = CommandRequest & { headers: { 'idempotency-key'?: string | undefined } };

/** Commits commands, and answers them. */
export function commandAnswers({ commit, commitOnce }: Services) {
  const send = (response: ServiceResponse, { headers, ...answer }: WholeAnswer) => {
    setHeaders(response, headers);
    return answer;
  };
  const answer = async <Type extends AnsweredType>({ res }: CommandRequest, command: InputOf<Type>) => {
    const given = answerOf(command.type, await commit(command as never));
    return send(res, given) as AnswerTo<Type>;
  };
  /** At once with the answer of the first time, where the request was sent before with the same key. */
  const answerOnce = async <Type extends AnsweredType>(input: KeyedRequest, command: InputOf<Type>) => {
    const { 'idempotency-key': key } = input.headers;
    if (key === undefined) return answer(input, command);
    const kept = await commitOnce(command as AnyCommand, onceOf(input.req, key, command.type));
    const headers = { ...kept.headers, ...(kept.isReplay && { 'Idempotent-Replayed': 'true' }) };
    return send(input.res, { status: kept.status, headers, body: new JsonText(kept.body) }) as AnswerTo<Type>;
  };
  return { answer, answerOnce };
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
