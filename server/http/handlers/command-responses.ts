// How commands are answered: with which status, headers and body.

import type { PolicyCheck } from '../../../contract/policy.ts';
import type { Validation } from '../../../contract/validation.ts';
import type { AnyCommand, Commands } from '../../domain/commands.ts';
import { toOrder } from '../../domain/order-view.ts';
import type { OrderState } from '../../domain/state.ts';
import type { DeliveryState, WebhookState } from '../../domain/webhook.ts';
import { toWebhook, toWebhookWithSecret } from '../../domain/webhook-view.ts';
import { JsonText } from '../../shared/json-text.ts';
import { entityTagOf } from '../request/entity-tag.ts';
import { type ServiceRequest, type ServiceResponse, setHeaders } from '../request/request.ts';
import { onceOf, type WholeAnswer } from './idempotent-request.ts';
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
  return {
    status: 202,
    headers: { Location: `/webhooks/${delivery.webhookId}/deliveries/${delivery.id}` },
    body: delivery,
  } as const;
}

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
    const once = onceOf(input.req, key, (outcome) => answerOf(command.type, outcome));
    const kept = await commitOnce(command as AnyCommand, once);
    const headers = { ...kept.headers, ...(kept.isReplay && { 'Idempotent-Replayed': 'true' }) };
    return send(input.res, { status: kept.status, headers, body: new JsonText(kept.body) }) as AnswerTo<Type>;
  };
  return { answer, answerOnce };
}
