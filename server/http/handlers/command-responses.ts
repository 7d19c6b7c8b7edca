// How commands are answered: with which status, headers and body.

import type { PolicyCheck } from '../../../contract/policy.ts';
import { serializeOrderState } from '../../database/mapping/order.ts';
import type { Command } from '../../domain/commands.ts';
import type { OrderState } from '../../domain/order.ts';
import { type RunState, toValidation } from '../../domain/run.ts';
import type { DeliveryState, WebhookState } from '../../domain/webhook.ts';
import { toWebhook, toWebhookWithSecret } from '../../domain/webhook-view.ts';
import { JsonText } from '../../shared/json-text.ts';
import { toEntityTag } from '../request/entity-tag.ts';
import { type ServiceRequest, type ServiceResponse, setHeaders } from '../request/request.ts';
import { type CommandResponse, toIdempotentRequest } from './idempotent-request.ts';
import type { Services } from './services.ts';

const renderers = {
  'order.create': (order: OrderState) =>
    ({
      status: 201,
      headers: { Location: `/orders/${order.id}`, ETag: toEntityTag(order) },
      body: serializeOrderState(order).json,
    }) as const,
  'order.edit': renderChangedOrder,
  'order.validate': (run: RunState) =>
    ({
      status: 202,
      headers: { Location: `/validations/${run.id}` },
      body: { message: 'validation started', validation: toValidation(run) },
    }) as const,
  'order.retry': (run: RunState) => ({ status: 202, headers: {}, body: toValidation(run) }) as const,
  'order.approve': renderChangedOrder,
  'order.reject': renderChangedOrder,
  'webhook.create': (webhook: WebhookState) =>
    ({ status: 201, headers: { Location: `/webhooks/${webhook.id}` }, body: toWebhookWithSecret(webhook) }) as const,
  'webhook.edit': renderChangedWebhook,
  'webhook.delete': () => ({ status: 204, headers: {}, body: undefined }) as const,
  'webhook.pause': renderChangedWebhook,
  'webhook.resume': renderChangedWebhook,
  'webhook.skip': renderChangedWebhook,
  'webhook.rotate-secret': (webhook: WebhookState) =>
    ({ status: 200, headers: {}, body: toWebhookWithSecret(webhook) }) as const,
  'webhook.test': renderStartedDelivery,
  'webhook.redeliver': renderStartedDelivery,
  'policy.check': (result: PolicyCheck) => ({ status: 200, headers: {}, body: result }) as const,
};

function renderChangedOrder(order: OrderState) {
  return { status: 200, headers: { ETag: toEntityTag(order) }, body: serializeOrderState(order).json } as const;
}

function renderChangedWebhook(webhook: WebhookState) {
  return { status: 200, headers: {}, body: toWebhook(webhook) } as const;
}

function renderStartedDelivery(delivery: DeliveryState) {
  return {
    status: 202,
    headers: { Location: `/webhooks/${delivery.webhookId}/deliveries/${delivery.id}` },
    body: delivery,
  } as const;
}

type Renderers = typeof renderers;
type RenderedType = keyof Renderers;
type ResponseTo<Type extends RenderedType> = Omit<ReturnType<Renderers[Type]>, 'headers'>;

/** The members of a handler's input that a command needs. */
type CommandRequest = { req: ServiceRequest; res: ServiceResponse };
/** The same for a request that may carry an Idempotency-Key. */
type KeyedRequest = CommandRequest & { headers: { 'idempotency-key'?: string | undefined } };

function renderResult(type: RenderedType, result: unknown): CommandResponse {
  return (renderers[type] as (result: unknown) => CommandResponse)(result);
}

/** Executes commands and renders their responses. */
export function createCommandResponder({ execute, executeIdempotent }: Services) {
  const send = (response: ServiceResponse, { headers, ...rendered }: CommandResponse) => {
    setHeaders(response, headers);
    return rendered;
  };
  const respond = async <C extends Command<RenderedType>>({ res }: CommandRequest, command: C) => {
    const rendered = renderResult(command.type, await execute(command));
    return send(res, rendered) as ResponseTo<C['type']>;
  };
  /** Returns the stored response if the same request was sent before with the same key. */
  const respondIdempotent = async <C extends Command<RenderedType>>(input: KeyedRequest, command: C) => {
    const { 'idempotency-key': key } = input.headers;
    if (key === undefined) return respond(input, command);
    const request = toIdempotentRequest(input.req, key, (result) => renderResult(command.type, result));
    const { isReplay, ...response } = await executeIdempotent(command, request);
    const headers = { ...response.headers, ...(isReplay && { 'Idempotent-Replayed': 'true' }) };
    return send(input.res, { status: response.status, headers, body: new JsonText(response.body) }) as ResponseTo<
      C['type']
    >;
  };
  return { respond, respondIdempotent };
}
