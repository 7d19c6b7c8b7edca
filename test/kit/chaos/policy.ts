// Validation rules whose result depends on the items of an order: passed, failed, dead or slow.

import type { NewOrder } from '../../../client/index.ts';
import { slowExpression } from '../service/hanging-policy.ts';

/** The intended result of a validation. `slow` passes after about half a second or more. */
export type IntendedResult = 'passed' | 'failed' | 'dead' | 'slow';

const deadQuantity = 777;
const failingPrice = 1;
const slowItems = 9;

/** Builds items with an intended result. */
export function buildItems(result: IntendedResult): NewOrder['items'] {
  const item = { productId: 'tea', quantity: 1, unitPrice: 1_000 };
  if (result === 'failed') return [{ ...item, unitPrice: failingPrice }];
  if (result === 'dead') return [{ ...item, quantity: deadQuantity }];
  if (result === 'slow') return Array.from({ length: slowItems }, (_, index) => ({ ...item, productId: `p${index}` }));
  return [item];
}

/** Returns the type of the event that ends a validation of these items. */
export function findExpectedEvent(
  items: NewOrder['items'],
): 'order.validation_dead' | 'order.rejected' | 'order.validated' {
  if (items.some(({ quantity }) => quantity === deadQuantity)) return 'order.validation_dead';
  return items.some(({ unitPrice }) => unitPrice === failingPrice) ? 'order.rejected' : 'order.validated';
}

/**
 * Returns the text of a policy file. The rules of all nodes have the same results but different versions, so that the
 * policy version of a run identifies the node that evaluates it.
 * @param node the index of the node
 */
export function createNodePolicy(node: number): string {
  const rule = (id: string, expression: string) => ({ id, description: 'd', expression, message: `Not ${id}.` });
  return JSON.stringify({
    rules: [
      rule('alive', `order.items.all(i, 100 / (i.quantity - ${deadQuantity}) < 1000)`),
      rule('priced', `order.items.all(i, i.unitPrice > ${failingPrice})`),
      rule('patient', `size(order.items) < ${slowItems} || (${slowExpression})`),
      rule('of-node', `order.total >= ${-node}`),
    ],
  });
}
