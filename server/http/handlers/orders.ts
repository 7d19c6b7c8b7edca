// The handlers of orders.

import type { ExpectedVersions } from '../../../contract/preconditions.ts';
import type { WrittenOrder } from '../../database/mapping/serialized-order.ts';
import { findEventsOfOrder } from '../../database/queries/events.ts';
import { countOrders, findOrder, findOrders } from '../../database/queries/orders.ts';
import { findValidationsOfOrder } from '../../database/queries/validations.ts';
import type { Slice } from '../../database/slice.ts';
import { notFound } from '../../domain/problem.ts';
import { entityTagOf, isKnownToCaller } from '../request/entity-tag.ts';
import { pageText, readPage } from '../request/paging.ts';
import type { ServiceRequest } from '../request/request.ts';
import { initiatorOf } from '../request/request-context.ts';
import type { HandlersOf } from '../routing/endpoints.ts';
import { commandAnswers } from './command-responses.ts';
import type { Services } from './services.ts';

export function ordersHandlers(services: Services): HandlersOf<'orders'> {
  const { store, runTerms, dutiesAreSeparate } = services;
  const { answer, answerOnce } = commandAnswers(services);
  const requireOrder = async (orderId: number): Promise<WrittenOrder> => {
    const order = await findOrder(store, orderId);
    if (!order) throw notFound(`There is no order ${orderId}`);
    return order;
  };

  return {
    create: (input) =>
      answerOnce(input, { type: 'order.create', initiator: initiatorOf(input.req), order: input.body }),

    list: async ({ query }) => {
      const { limit, offset, cursor, sort, withTotal, ...filter } = query;
      const read = (slice: Slice) => findOrders(store, filter, sort, slice);
      const { data, page } = await readPage(query, ['orders', sort, filter], read, ({ id }) => id);
      const count = withTotal ? await countOrders(store, filter) : {};
      return { status: 200, body: pageText(data, { ...page, ...count }) };
    },

    get: async ({ params, req, res }) => {
      const order = await requireOrder(params.orderId);
      const tag = entityTagOf(order);
      res.setHeader('ETag', tag);
      return isKnownToCaller(req, tag) ? { status: 304, body: undefined } : { status: 200, body: order.json };
    },

    edit: (input) => answer(input, { type: 'order.edit', ...contextOf(input), edit: input.body }),

    validate: (input) => answerOnce(input, { type: 'order.validate', ...contextOf(input), ...runTerms }),

    approve: (input) => {
      const note = input.body?.note ?? null;
      return answerOnce(input, { type: 'order.approve', ...contextOf(input), note, dutiesAreSeparate });
    },

    reject: (input) => {
      const reason = input.body?.reason ?? null;
      return answerOnce(input, { type: 'order.reject', ...contextOf(input), reason });
    },

    events: async ({ params: { orderId }, query }) => {
      await requireOrder(orderId);
      const read = (slice: Slice) => findEventsOfOrder(store, orderId, slice);
      const { data, page } = await readPage(query, ['events', orderId], read, ({ sequence }) => sequence);
      return { status: 200, body: pageText(data, page) };
    },

    validations: async ({ params: { orderId }, query }) => {
      await requireOrder(orderId);
      const read = (slice: Slice) => findValidationsOfOrder(store, orderId, slice);
      return { status: 200, body: await readPage(query, ['validations', orderId], read, ({ id }) => id) };
    },
  };
}

type OrderRequest = {
  req: ServiceRequest;
  params: { orderId: number };
  headers: { 'if-match'?: ExpectedVersions | undefined };
};

/** What every command on an order that is there is told of its request. */
function contextOf({ req, params: { orderId }, headers }: OrderRequest) {
  return { initiator: initiatorOf(req), orderId, expected: headers['if-match'] };
}
