// Orders for tests, and ways to bring them where a test begins.

import type { Client, NewOrderInput, Order, Validation } from '../../client/index.ts';
import { waitUntil } from './wait-until.ts';

/** An order that every rule of the default policy lets pass. */
export function buildOrder(fields: Partial<NewOrderInput> = {}): NewOrderInput {
  return {
    customerId: 'customer-1',
    currency: 'EUR',
    items: [{ productId: 'tea', quantity: 2, unitPrice: 1250 }],
    ...fields,
  };
}

/** Items that the default policy refuses twice: a price of zero, a product in two lines. */
export const failingItems: NewOrderInput['items'] = [
  { productId: 'tea', quantity: 1, unitPrice: 0 },
  { productId: 'tea', quantity: 1, unitPrice: 5 },
];

/** Waits until a validation has ended, however it does. */
export async function waitForValidation(client: Client, validationId: number): Promise<Validation> {
  return waitUntil(
    () => client.validations.get({ validationId }),
    ({ state }) => state !== 'queued' && state !== 'running',
  );
}

/** Starts the validation of an order, and waits for its end. */
export async function validateOrder(client: Client, orderId: number): Promise<Validation> {
  const { validation } = await client.orders.validate({ orderId });
  return waitForValidation(client, validation.id);
}

/** A new order in status VALIDATED. */
export async function createValidatedOrder(client: Client, fields: Partial<NewOrderInput> = {}): Promise<Order> {
  const { id: orderId } = await client.orders.create(buildOrder(fields));
  await validateOrder(client, orderId);
  return client.orders.get({ orderId });
}
