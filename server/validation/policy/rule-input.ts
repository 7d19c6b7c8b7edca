// The order as the rules see it: the fields that clients write, and the total. Integers are bigint, because CEL
// integers have 64 bits.

import type { EditableField, Order } from '../../../contract/schemas/order.ts';

/** The fields of an order that rules can read. The order is stored, or the body of a policy check. */
export type ValidatableOrder = Pick<Order, EditableField>;

/** The CEL types of the fields of an item. */
export const itemFields = { productId: 'string', quantity: 'int', unitPrice: 'int' };

/** The CEL types of the fields of an order. */
export const orderFields = {
  reference: 'dyn',
  customerId: 'string',
  currency: 'string',
  items: 'list<Item>',
  total: 'int',
  note: 'dyn',
  metadata: 'map<string, string>',
};

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
export class RuleOrder {
  readonly reference: string | null;
  readonly customerId: string;
  readonly currency: string;
  readonly items: readonly RuleItem[];
  readonly total: bigint;
  readonly note: string | null;
  /** A map, because a plain object with a key such as `constructor` is not recognized. */
  readonly metadata: ReadonlyMap<string, string>;

  constructor({ reference, customerId, currency, items, note, metadata }: ValidatableOrder) {
    this.reference = reference;
    this.customerId = customerId;
    this.currency = currency;
    this.items = items.map((item) => new RuleItem(item));
    this.total = this.items.reduce((sum, { quantity, unitPrice }) => sum + quantity * unitPrice, 0n);
    this.note = note;
    this.metadata = new Map(Object.entries(metadata));
  }
}
