// Requests that several parts of the benchmark send.

import type { NewOrderInput } from '../../contract/schemas/order.ts';
import type { LoadRequest } from './connection.ts';

const newOrder: NewOrderInput = {
  customerId: 'customer-17',
  currency: 'EUR',
  items: [
    { productId: 'tea-green-250', quantity: 2, unitPrice: 1250 },
    { productId: 'cup-white', quantity: 4, unitPrice: 400 },
  ],
  note: 'Leave at the door',
};

/** Creates an order with two lines. */
export const createOrder: LoadRequest = { method: 'POST', path: '/orders', body: JSON.stringify(newOrder) };

/** Reads the first page of 20 orders. */
export const listOrders: LoadRequest = { path: '/orders?limit=20' };

/** The number of orders that must exist before `readOrders` is used. */
export const seededOrderCount = 1_000;

/** 100 reads of single orders, spread over all orders. */
export const readOrders: readonly LoadRequest[] = Array.from({ length: 100 }, (_, index) => ({
  path: `/orders/${1 + ((index * 617) % seededOrderCount)}`,
}));
