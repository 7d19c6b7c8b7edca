// An order as the rules see it: what its client wrote, with the total. Integers are 64 bits wide in CEL.

import type { EditableField, Order } from '../../contract/order.ts';

export type RuleInput = {
  reference: string | null;
  customerId: string;
  currency: string;
  items: { productId: string; quantity: bigint; unitPrice: bigint }[];
  total: bigint;
  note: string | null;
  metadata: Record<string, string>;
};

/** What a rule can read of an order, be it kept or only tried. */
export type ValidatableOrder = Pick<Order, EditableField>;

export function toRuleInput({ reference, customerId, currency, items, note, metadata }: ValidatableOrder): RuleInput {
  const wide = items.map(({ productId, quantity, unitPrice }) => ({
    productId,
    quantity: BigInt(quantity),
    unitPrice: BigInt(unitPrice),
  }));
  const total = wide.reduce((sum, { quantity, unitPrice }) => sum + quantity * unitPrice, 0n);
  return { reference, customerId, currency, items: wide, total, note, metadata };
}
