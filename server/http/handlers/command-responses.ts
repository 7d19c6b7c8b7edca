// Executes commands and renders their responses: status, headers and body of each command type.

import type { PolicyCheck } from '../../../contract/routes/policy.ts';
import { serializeOrderState } from '../../database/mapping/order.ts';
import type { Command, ResultOf } from '../../domain/commands.ts';
import type { OrderState } from '../../domain/order.ts';
import { type RunState, toValidation } from '../../domain/run.ts';
import type { DeliveryState, WebhookState } from '../../domain/webhook.ts';
import { JsonText } from '../../shared/json-text.ts';
import { isAccessRejection } from '../problems/send-problem.ts';
import { toEntityTag } from '../request/entity-tag.ts';
import { type ServiceRequest, type ServiceResponse, setHeaders } from '../request/request.ts';
import { type CommandResponse, toIdempotentRequest } from './idempotent-request.ts';
import type { Services } from './services.ts';
import { toWebhook, toWebhookWithSecret } from './webhook-response.ts';

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
  'order.retry': (run: RunState) =>
    ({ status: 202, headers: { Location: `/validations/${run.id}` }, body: toValidation(run) }) as const,
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

type RenderedType = keyof typeof renderers;
type ResponseMap = { [Type in RenderedType]: ReturnType<(typeof renderers)[Type]> };
type ResponseTo<Type extends RenderedType> = Omit<ResponseMap[Type], 'headers'>;

// A mapped type, so that the compiler relates the type of a command to its result and response.
const renderTable: { [Type in RenderedType]: (result: ResultOf<Type>) => ResponseMap[Type] } = renderers;

function render<C extends Command<RenderedType>>(command: C, result: ResultOf<C['type']>): ResponseMap[C['type']] {
  const type: C['type'] = command.type;
  return renderTable[type](result);
}

/** The members of a handler's input that a command needs. */
type CommandRequest = { req: ServiceRequest; res: ServiceResponse };
/** The same for a request that may have an idempotency key. */
type KeyedRequest = CommandRequest & { headers: { 'idempotency-key'?: string | undefined } };

/** Creates functions that execute a command and return its response. They set the headers of the response. */
export function createCommandResponder({ execute, executeIdempotent }: Services) {
  const send = <Response extends CommandResponse>(res: ServiceResponse, { headers, ...rendered }: Response) => {
    setHeaders(res, headers);
    // Not in the stored headers of idempotent responses, because the base path can change before they are replayed.
    if (headers.Location !== undefined) res.setHeader('Location', res.req.basePath + headers.Location);
    return rendered;
  };
  const respond = <C extends Command<RenderedType>>({ res }: CommandRequest, command: C) =>
    execute(command).then((result) => send(res, render(command, result)));

  /** Returns the stored response if the same request was sent before with the same key. */
  const respondIdempotent = async <C extends Command<RenderedType>>(
    input: KeyedRequest,
    command: C,
  ): Promise<ResponseTo<C['type']>> => {
    const { 'idempotency-key': key } = input.headers;
    if (key === undefined) return respond(input, command);
    // Two casts, because the command bus stores responses of all commands as text and passes results as `unknown`.
    const renderUntyped = (result: unknown) => render(command, result as ResultOf<C['type']>);
    const { status, headers, body, isReplay } = await executeIdempotent(
      command,
      toIdempotentRequest(input.req, key, renderUntyped),
    );
    // Read by the request log.
    if (isAccessRejection(status)) input.res.rejectionReason = JSON.parse(body).detail;
    const replayHeaders = { ...headers, ...(isReplay && { 'Idempotent-Replayed': 'true' }) };
    const response: CommandResponse = { status, headers: replayHeaders, body: new JsonText(body) };
    return send(input.res, response) as ResponseTo<C['type']>;
  };
  return { respond, respondIdempotent };
}
