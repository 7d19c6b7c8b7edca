// Handlers for orders.

import type { ExpectedVersions } from '../../../contract/schemas/preconditions.ts';
import type { SerializedOrder } from '../../database/mapping/order.ts';
import { findEventsOfOrder } from '../../database/queries/events.ts';
import { countOrders, findOrder, findOrders } from '../../database/queries/orders.ts';
import { findValidationsOfOrder } from '../../database/queries/validations.ts';
import type { Slice } from '../../database/reads/slice.ts';
import { createNotFoundProblem } from '../../domain/problem.ts';
import { matchesIfNoneMatch, toEntityTag } from '../request/entity-tag.ts';
import { readPage, toPageJson } from '../request/paging.ts';
import type { ServiceRequest } from '../request/request.ts';
import { toInitiator } from '../request/request-context.ts';
import type { Handlers } from '../routing/handler-types.ts';
import { createCommandResponder } from './command-responses.ts';
import type { Services } from './services.ts';

/** Creates the handlers of the `orders` routes of the contract. */
export function createOrdersHandlers(services: Services): Handlers<'orders'> {
  const { store, runSettings, hasSeparationOfDuties } = services;
  const { respond, respondIdempotent } = createCommandResponder(services);
  const requireOrder = async (orderId: number): Promise<SerializedOrder> => {
    const order = await findOrder(store, orderId);
    if (!order) throw createNotFoundProblem(`Order ${orderId} does not exist`);
    return order;
  };

  return {
    create: (input) => {
      const { validate, ...order } = input.body;
      const validation = validate ? runSettings : undefined;
      return respondIdempotent(input, { type: 'order.create', initiator: toInitiator(input.req), order, validation });
    },

    list: async ({ query, res }) => {
      const { limit, offset, cursor, sort, withTotal, ...filter } = query;
      const read = (slice: Slice) => findOrders(store, filter, sort, slice);
      const { data, page } = await readPage({ query, res }, ['orders', sort, filter], read, ({ id }) => id);
      const count = withTotal ? await countOrders(store, filter) : {};
      return { status: 200, body: toPageJson(data, { ...page, ...count }) };
    },

    get: async ({ params, req, res }) => {
      const order = await requireOrder(params.orderId);
      const tag = toEntityTag(order);
      res.setHeader('ETag', tag);
      return matchesIfNoneMatch(req, tag) ? { status: 304, body: undefined } : { status: 200, body: order.json };
    },

    edit: (input) => respond(input, { type: 'order.edit', ...toCommandContext(input), edit: input.body }),

    validate: (input) =>
      respondIdempotent(input, { type: 'order.validate', ...toCommandContext(input), ...runSettings }),

    approve: (input) => {
      const note = input.body?.note ?? null;
      return respondIdempotent(input, {
        type: 'order.approve',
        ...toCommandContext(input),
        note,
        hasSeparationOfDuties,
      });
    },

    reject: (input) => {
      const reason = input.body?.reason ?? null;
      return respondIdempotent(input, { type: 'order.reject', ...toCommandContext(input), reason });
    },

    events: async ({ params: { orderId }, query, res }) => {
      await requireOrder(orderId);
      const read = (slice: Slice) => findEventsOfOrder(store, orderId, slice);
      const { data, page } = await readPage({ query, res }, ['events', orderId], read, ({ sequence }) => sequence);
      return { status: 200, body: toPageJson(data, page) };
    },

    validations: async ({ params: { orderId }, query, res }) => {
      await requireOrder(orderId);
      const read = (slice: Slice) => findValidationsOfOrder(store, orderId, slice);
      return { status: 200, body: await readPage({ query, res }, ['validations', orderId], read, ({ id }) => id) };
    },
  };
}

type OrderRequest = {
  req: ServiceRequest;
  params: { orderId: number };
  headers: { 'if-match'?: ExpectedVersions | undefined };
};

/** Returns the members that all commands on an existing order take from their request. */
function toCommandContext({ req, params: { orderId }, headers }: OrderRequest) {
  return { initiator: toInitiator(req), orderId, expected: headers['if-match'] };
}
