// The handlers of orders.

import type { Order } from '../../../contract/order.ts';
import { findEventsOfOrder } from '../../events/queries.ts';
import { countOrders, findOrder, findOrders } from '../../orders/queries.ts';
import { toOrder } from '../../orders/views.ts';
import type { WrittenOrder } from '../../orders/written-order.ts';
import { notFound } from '../../problem.ts';
import type { Slice } from '../../store/slice.ts';
import type { OrderState } from '../../store/state.ts';
import { findValidationsOfOrder } from '../../validation/queries.ts';
import type { HandlersOf } from '../endpoints.ts';
import { entityTagOf, isKnownToCaller } from '../entity-tag.ts';
import type { ServiceResponse } from '../exchange.ts';
import { pageText, readPage } from '../paging.ts';
import { initiatorOf } from '../request-context.ts';
import type { Services } from '../services.ts';

export function ordersHandlers({ commit, store, runTerms }: Services): HandlersOf<'orders'> {
  const requireOrder = async (orderId: number): Promise<WrittenOrder> => {
    const order = await findOrder(store, orderId);
    if (!order) throw notFound(`There is no order ${orderId}`);
    return order;
  };

  return {
    create: async ({ body, req, res }) => {
      const order = await commit({ type: 'order.create', initiator: initiatorOf(req), order: body });
      res.setHeader('Location', `/orders/${order.id}`);
      return { status: 201, body: withEntityTag(res, toOrder(order)) };
    },

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

    edit: async ({ params, body, req, res }) =>
      answerOrder(res, await commit({ type: 'order.edit', initiator: initiatorOf(req), ...params, edit: body })),

    validate: async ({ params, req, res }) => {
      const validation = await commit({ type: 'order.validate', initiator: initiatorOf(req), ...params, ...runTerms });
      res.setHeader('Location', `/validations/${validation.id}`);
      return { status: 202, body: { message: 'validation started', validation } };
    },

    approve: async ({ params, body, req, res }) =>
      answerOrder(
        res,
        await commit({ type: 'order.approve', initiator: initiatorOf(req), ...params, note: body?.note ?? null }),
      ),

    reject: async ({ params, body, req, res }) =>
      answerOrder(
        res,
        await commit({ type: 'order.reject', initiator: initiatorOf(req), ...params, reason: body?.reason ?? null }),
      ),

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

function answerOrder(response: ServiceResponse, state: OrderState) {
  return { status: 200, body: withEntityTag(response, toOrder(state)) } as const;
}

function withEntityTag(response: ServiceResponse, order: Order): Order {
  response.setHeader('ETag', entityTagOf(order));
  return order;
}
