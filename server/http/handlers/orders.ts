// The handlers of orders.

import type { Response } from 'express';
import type { Order } from '../../../contract/order.ts';
import { findEventsOfOrder } from '../../events/queries.ts';
import { countOrders, findOrder, findOrders } from '../../orders/queries.ts';
import { toOrder } from '../../orders/views.ts';
import { notFound } from '../../problem.ts';
import type { OrderState } from '../../store/state.ts';
import { findValidationsOfOrder } from '../../validation/queries.ts';
import type { HandlersOf } from '../endpoints.ts';
import { pageOf, pageStart } from '../paging.ts';
import { originOf } from '../request-context.ts';
import type { Services } from '../services.ts';

export function ordersHandlers({ commit, store, runTerms }: Services): HandlersOf<'orders'> {
  const existingOrder = async (orderId: number): Promise<Order> => {
    const order = await findOrder(store, orderId);
    if (!order) throw notFound(`There is no order ${orderId}`);
    return order;
  };

  return {
    create: async ({ body, req, res }) => {
      const order = await commit({ type: 'order.create', origin: originOf(req), order: body });
      res.setHeader('Location', `/orders/${order.id}`);
      return { status: 201, body: tagged(res, toOrder(order)) };
    },

    list: async ({ query }) => {
      const { limit, offset, cursor, sort, withTotal, ...filter } = query;
      const list = ['orders', sort, filter];
      const rows = await findOrders(store, filter, { sort, ...pageStart(query, list) });
      const { data, page } = pageOf(query, list, rows, ({ id }) => id);
      const count = withTotal ? await countOrders(store, filter) : {};
      return { status: 200, body: { data, page: { ...page, ...count } } };
    },

    get: async ({ params, res }) => ({ status: 200, body: tagged(res, await existingOrder(params.orderId)) }),

    edit: async ({ params, body, req, res }) =>
      changed(res, await commit({ type: 'order.edit', origin: originOf(req), ...params, edit: body })),

    validate: async ({ params, req, res }) => {
      const validation = await commit({ type: 'order.validate', origin: originOf(req), ...params, ...runTerms });
      res.setHeader('Location', `/validations/${validation.id}`);
      return { status: 202, body: { message: 'validation started', validation } };
    },

    approve: async ({ params, body, req, res }) =>
      changed(res, await commit({ type: 'order.approve', origin: originOf(req), ...params, note: body?.note ?? null })),

    reject: async ({ params, body, req, res }) =>
      changed(
        res,
        await commit({ type: 'order.reject', origin: originOf(req), ...params, reason: body?.reason ?? null }),
      ),

    events: async ({ params: { orderId }, query }) => {
      await existingOrder(orderId);
      const list = ['events', orderId];
      const { after = 0, ...slice } = pageStart(query, list);
      const rows = await findEventsOfOrder(store, orderId, { after, ...slice });
      return { status: 200, body: pageOf(query, list, rows, ({ sequence }) => sequence) };
    },

    validations: async ({ params: { orderId }, query }) => {
      await existingOrder(orderId);
      const list = ['validations', orderId];
      const { after: before, ...slice } = pageStart(query, list);
      const rows = await findValidationsOfOrder(store, orderId, { before, ...slice });
      return { status: 200, body: pageOf(query, list, rows, ({ id }) => id) };
    },
  };
}

function changed(response: Response, state: OrderState) {
  return { status: 200, body: tagged(response, toOrder(state)) } as const;
}

/** Gives the answer the order's version as its entity tag (RFC 9110, section 8.8.3). */
function tagged(response: Response, order: Order): Order {
  response.setHeader('ETag', `"${order.version}"`);
  return order;
}
