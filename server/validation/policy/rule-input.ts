// The order as the rules see it: the fields that clients write, and the total. Integers are bigint, because CEL
// integers have 64 bits.

import type { EditableField, Order } from '../../../contract/schemas/order.ts';

/**
 * An item as the rules see it. It is a class, because CEL recognizes the type of a list element by its constructor: an
 * index as in `order.items[0]` fails for plain objects.
 */
export class RuleItem {
  readonly productId: string;
  readonly quantity: bigint;
  readonly unitPrice: bigint;

  constructor({ productId, quantity, unitPrice }: ValidatableOrder['items'][number]) {
    this.productId = productId;
    this.quantity = BigInt(quantity);
    this.unitPrice = BigInt(unitPrice);
  }
}

/** The variable `order` of a rule. Amounts are in minor units. */
export type RuleInput = {
  reference: string | null;
  customerId: string;
  currency: string;
  items: RuleItem[];
  total: bigint;
  note: string | null;
  metadata: Record<string, string>;
};

/** The fields of an order that rules can read. The order is stored, or the body of a policy check. */
export type ValidatableOrder = Pick<Order, EditableField>;

/** Converts an order to the variable `order` of the rules, and computes its total. */
export function toRuleInput({ reference, customerId, currency, items, note, metadata }: ValidatableOrder): RuleInput {
  const inputItems = items.map((item) => new RuleItem(item));
  const total = inputItems.reduce((sum, { quantity, unitPrice }) => sum + quantity * unitPrice, 0n);
  return { reference, customerId, currency, items: inputItems, total, note, metadata };
}
