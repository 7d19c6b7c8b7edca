// Rules that take an order's fate from its items: to pass, to fail, to be dead, to take long.

import type { NewOrderInput } from '../../../client/index.ts';
import { slowExpression } from '../hanging-policy.ts';

/** What becomes of an order that is validated; one that is `slow` passes, after the better part of a second. */
export type IntendedResult = 'passes' | 'fails' | 'dies' | 'slow';

const deadlyQuantity = 777;
const refusedPrice = 1;
const slowItems = 9;

export function buildItems(fate: IntendedResult): NewOrderInput['items'] {
  const item = { productId: 'tea', quantity: 1, unitPrice: 1_000 };
  if (fate === 'fails') return [{ ...item, unitPrice: refusedPrice }];
  if (fate === 'dies') return [{ ...item, quantity: deadlyQuantity }];
  if (fate === 'slow') return Array.from({ length: slowItems }, (_, index) => ({ ...item, productId: `p${index}` }));
  return [item];
}

/** The event that tells of the end of a validation of such items. */
export function findExpectedEvent(
  items: NewOrderInput['items'],
): 'order.validation_dead' | 'order.rejected' | 'order.validated' {
  if (items.some(({ quantity }) => quantity === deadlyQuantity)) return 'order.validation_dead';
  return items.some(({ unitPrice }) => unitPrice === refusedPrice) ? 'order.rejected' : 'order.validated';
}

/**
 * The text of a policy file; for each node another version of the same rules, which tells who has judged.
 * @param node its number
 */
export function createNodePolicy(node: number): string {
  const rule = (id: string, expression: string) => ({ id, description: 'd', expression, message: `Not ${id}.` });
  return JSON.stringify({
    rules: [
      rule('judged', `order.items.all(i, 100 / (i.quantity - ${deadlyQuantity}) < 1000)`),
      rule('priced', `order.items.all(i, i.unitPrice > ${refusedPrice})`),
      rule('patient', `size(order.items) < ${slowItems} || (${slowExpression})`),
      rule('of-node', `order.total >= ${-node}`),
    ],
  });
}
