// The requests that are measured in more than one place.

import type { NewOrderInput } from '../contract/order.ts';
import type { LoadRequest } from './load.ts';

const newOrder: NewOrderInput = {
  customerId: 'customer-17',
  currency: 'EUR',
  items: [
    { productId: 'tea-green-250', quantity: 2, unitPrice: 1250 },
    { productId: 'cup-white', quantity: 4, unitPrice: 400 },
  ],
  note: 'Leave at the door',
};

export const newOrderBody = JSON.stringify(newOrder);

export const createOrder: LoadRequest = { method: 'POST', path: '/orders', body: newOrderBody };

export const listOrders: LoadRequest = { path: '/orders?limit=20' };

/** How many orders there have to be before they are read. */
export const readableOrders = 1_000;

/** Reads of orders all over those that are there, one after the other. */
export const readOrders: readonly LoadRequest[] = Array.from({ length: 100 }, (_, index) => ({
  path: `/orders/${1 + ((index * 617) % readableOrders)}`,
}));
