// Orders as test data, and helpers that bring an order into the state in which a test begins.

import { type Client, type NewOrder, type Order, ProblemError, type Validation } from '../../../client/index.ts';
import { waitUntil } from '../wait-until.ts';

/** Builds the input of an order that passes every rule of the default policy. */
export function buildOrder(fields: Partial<NewOrder> = {}): NewOrder {
  return {
    customerId: 'customer-1',
    currency: 'EUR',
    items: [{ productId: 'tea', quantity: 2, unitPrice: 1250 }],
    ...fields,
  };
}

/**
 * Builds the input of an order of about the greatest size that the contract allows: control characters, which take six
 * bytes each as JSON. An event of an edit of it takes about 100 kB.
 */
export function buildLargeOrder(fields: Partial<NewOrder> = {}): NewOrder {
  const fill = (length: number) => '\u0001'.repeat(length);
  const metadata = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`${fill(38)}${index}`, fill(500)]));
  const items = Array.from({ length: 100 }, (_, index) => ({
    productId: `${fill(60)}${index}`,
    quantity: 1,
    unitPrice: 1,
  }));
  return buildOrder({ items, metadata, note: fill(2_000), ...fields });
}

/** Items that violate two rules of the default policy: a price of zero, and a product in two lines. */
export const failingItems: NewOrder['items'] = [
  { productId: 'tea', quantity: 1, unitPrice: 0 },
  { productId: 'tea', quantity: 1, unitPrice: 5 },
];

/** Waits until a validation has ended, with any result. */
export async function waitForValidation(client: Client, validationId: number): Promise<Validation> {
  return waitUntil(
    () => client.validations.get({ validationId }),
    ({ state }) => state !== 'queued' && state !== 'running',
  );
}

/** Waits until a validation is running. */
export async function waitUntilRunning(client: Client, validationId: number): Promise<void> {
  await waitUntil(
    () => client.validations.get({ validationId }),
    ({ state }) => state === 'running',
  );
}

/** Starts the validation of an order and waits until it has ended. */
export async function validateOrder(client: Client, orderId: number): Promise<Validation> {
  const { validation } = await client.orders.validate({ orderId });
  return waitForValidation(client, validation.id);
}

/** Creates an order and validates it. */
export async function createValidatedOrder(client: Client, fields: Partial<NewOrder> = {}): Promise<Order> {
  const { id: orderId } = await client.orders.create(buildOrder(fields));
  await validateOrder(client, orderId);
  return client.orders.get({ orderId });
}

/**
 * Creates orders until it is stopped, and returns the ids of the acknowledged ones. Fails on any problem other than
 * `unavailable`.
 */
export async function createOrdersUntil(client: Client, stop: AbortSignal): Promise<number[]> {
  const acknowledged: number[] = [];
  while (!stop.aborted) {
    try {
      acknowledged.push((await client.orders.create(buildOrder())).id);
    } catch (error) {
      if (!(error instanceof ProblemError && error.problem.code === 'unavailable')) throw error;
    }
  }
  return acknowledged;
}

/** Reads every order page by page, in the order of their ids. */
export async function readEveryOrder(client: Client): Promise<Map<number, Order>> {
  const orders = new Map<number, Order>();
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const { data, page } = await client.orders.list({ limit: 100, sort: 'id', ...(cursor ? { cursor } : {}) });
    for (const order of data) orders.set(order.id, order);
    cursor = page.nextCursor;
  }
  return orders;
}
