// Commands for tests that execute them on a command bus, without HTTP.

import type { NewOrder } from '../../../contract/schemas/order.ts';

/** The initiator of all commands: the user `ann`, outside of a request. */
export const testInitiator = {
  actor: { type: 'user', id: 'ann' },
  requestId: null,
  clientRequestId: null,
  address: null,
} as const;

/** The fields that the service adds to a command that starts a validation. */
export const runSettings = { policyVersion: 'p', maxAttempts: 2 };

/** Builds an order as commands contain it, with one item. */
function buildNewOrder(fields: Partial<NewOrder> = {}): NewOrder {
  const items = [{ productId: 'tea', quantity: 1, unitPrice: 5 }];
  return { reference: null, customerId: 'c', currency: 'EUR', items, note: null, metadata: {}, ...fields };
}

/** Builds a command that creates an order. */
export function buildCreateCommand(fields?: Partial<NewOrder>) {
  return { type: 'order.create', initiator: testInitiator, order: buildNewOrder(fields) } as const;
}
