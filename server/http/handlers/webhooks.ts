// Handlers for webhooks and their deliveries.

import { deliveryStates } from '../../../contract/schemas/delivery.ts';
import { findDeliveries, findDelivery, findWebhook, findWebhooks } from '../../database/queries/webhooks.ts';
import type { Slice } from '../../database/reads/slice.ts';
import { createInvalidRequestProblem, createNotFoundProblem } from '../../domain/problem.ts';
import type { WebhookState } from '../../domain/webhook.ts';
import { findTargetError } from '../../webhooks/target.ts';
import { readPage } from '../request/paging.ts';
import type { ServiceRequest } from '../request/request.ts';
import { toInitiator } from '../request/request-context.ts';
import type { Handlers } from '../routing/handler-types.ts';
import { createCommandResponder } from './command-responses.ts';
import type { Services } from './services.ts';
import { toWebhook } from './webhook-response.ts';

/** Creates the handlers of the `webhooks` routes of the contract. */
export function createWebhooksHandlers(services: Services): Handlers<'webhooks'> {
  const { store, generateSecret, generateEventId } = services;
  const { respond, respondIdempotent } = createCommandResponder(services);
  const requireWebhook = async (webhookId: number): Promise<WebhookState> => {
    const webhook = await findWebhook(store, webhookId);
    if (!webhook) throw createNotFoundProblem(`Webhook ${webhookId} does not exist`);
    return webhook;
  };
  /** @throws RequestProblem `invalid-request` if webhooks may not have this URL */
  const assertTarget = (url: string | undefined): void => {
    const detail = url === undefined ? undefined : findTargetError(url, services.webhookTargets);
    if (detail !== undefined) throw createInvalidRequestProblem([{ pointer: '/url', detail }]);
  };

  /** The members that all commands of clients on a webhook have. */
  const toCommand = ({ req, params }: { req: ServiceRequest; params: { webhookId: number } }) => ({
    ...params,
    initiator: toInitiator(req),
  });

  return {
    create: async (input) => {
      assertTarget(input.body.url);
      const initiator = toInitiator(input.req);
      const content = { webhook: input.body, secret: generateSecret() };
      return respondIdempotent(input, { type: 'webhook.create', initiator, ...content });
    },

    list: async ({ query, res }) => {
      const read = (slice: Slice) => findWebhooks(store, slice);
      const { data, page } = await readPage({ query, res }, ['webhooks'], read, ({ id }) => id);
      return { status: 200, body: { data: data.map(toWebhook), page } };
    },

    get: async ({ params }) => ({ status: 200, body: toWebhook(await requireWebhook(params.webhookId)) }),

    edit: async (input) => {
      assertTarget(input.body.url);
      return respond(input, { type: 'webhook.edit', ...toCommand(input), edit: input.body });
    },

    delete: (input) => respond(input, { type: 'webhook.delete', ...toCommand(input) }),
    pause: (input) => respondIdempotent(input, { type: 'webhook.pause', ...toCommand(input) }),
    resume: (input) => respondIdempotent(input, { type: 'webhook.resume', ...toCommand(input) }),
    skip: (input) =>
      respondIdempotent(input, {
        type: 'webhook.skip',
        ...toCommand(input),
        through: input.body?.through ?? undefined,
      }),
    rotateSecret: (input) =>
      respondIdempotent(input, { type: 'webhook.rotate-secret', ...toCommand(input), secret: generateSecret() }),
    test: (input) => respondIdempotent(input, { type: 'webhook.test', ...input.params, eventId: generateEventId() }),
    redeliver: (input) => respondIdempotent(input, { type: 'webhook.redeliver', ...input.params }),

    deliveries: async ({ params: { webhookId }, query, res }) => {
      await requireWebhook(webhookId);
      const { state = deliveryStates } = query;
      const read = (slice: Slice) => findDeliveries(store, webhookId, state, slice);
      return {
        status: 200,
        body: await readPage({ query, res }, ['deliveries', webhookId, state], read, ({ id }) => id),
      };
    },

    delivery: async ({ params: { webhookId, deliveryId } }) => {
      await requireWebhook(webhookId);
      const delivery = await findDelivery(store, webhookId, deliveryId);
      if (!delivery) throw createNotFoundProblem(`Webhook ${webhookId} has no delivery ${deliveryId}`);
      return { status: 200, body: delivery };
    },
  };
}
