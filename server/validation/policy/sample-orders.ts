// Sample orders: legal orders in which each field takes its extreme and its ordinary values, so that a rule that fails
// for a legal order is found at the start.

import { currencies } from '../../../contract/schemas/currencies.ts';
import type { ValidatableOrder } from './rule-input.ts';

type Item = ValidatableOrder['items'][number];

const tea: Item = { productId: 'tea', quantity: 1, unitPrice: 1250 };
const cup: Item = { productId: 'cup', quantity: 1, unitPrice: 400 };
/** The greatest total, 9007199254740991, as one item. */
const greatestTotal: Item = { ...tea, quantity: 69_431, unitPrice: 129_728_784_761 };

function buildItems(count: number): Item[] {
  return Array.from({ length: count }, (_, index) => ({
    productId: `product-${index}`,
    quantity: index + 1,
    unitPrice: 100,
  }));
}

function buildMetadata(pairs: number, value: string): Record<string, string> {
  return Object.fromEntries(Array.from({ length: pairs }, (_, index) => [`key${index}`, value]));
}

const withoutOptionalFields: ValidatableOrder = {
  reference: null,
  customerId: 'customer-1',
  currency: 'EUR',
  items: [tea],
  note: null,
  metadata: {},
};

const withOptionalFields: ValidatableOrder = {
  ...withoutOptionalFields,
  reference: 'PO-1',
  items: [{ ...tea, quantity: 2 }, cup],
  note: 'Leave at the door',
  metadata: { channel: 'shop' },
};

const gift = '\u{1F381}';
/** An invalid pattern, and no number or time. */
const punctuation = '([{*\\';

const itemLists: Item[][] = [
  [tea],
  [tea, cup],
  [tea, tea],
  [{ ...tea, unitPrice: 0 }],
  [{ ...tea, unitPrice: 0 }, cup],
  [{ ...tea, unitPrice: 1 }],
  [{ ...tea, quantity: 1_000_000 }],
  [{ ...tea, unitPrice: 1_000_000_000_000 }],
  [greatestTotal],
  [{ ...tea, productId: 't' }],
  [{ ...tea, productId: gift.repeat(64) }],
  buildItems(3),
  buildItems(5),
];

/** Values of each field. Each is combined with the ordinary values of the others, absent and present. */
const variations: Partial<ValidatableOrder>[] = [
  ...[null, 'P', gift, punctuation, 'x'.repeat(64)].map((reference) => ({ reference })),
  ...[null, '', 'n', '\n', punctuation, `Gr\u00fc\u00dfe ${gift}`, 'x'.repeat(2_000)].map((note) => ({ note })),
  ...['c', punctuation, gift.repeat(64)].map((customerId) => ({ customerId })),
  ...[{}, { channel: '' }, { constructor: 'x' }, buildMetadata(20, 'x'.repeat(500))].map((metadata) => ({ metadata })),
  ...itemLists.map((items) => ({ items })),
  ...['JPY', 'KWD'].flatMap((currency) => [{ currency }, { currency, items: [greatestTotal] }]),
];

/** Orders of at most five items, ordinary ones first, so that even rules that compare all items are fast. */
export const sampleOrders: readonly ValidatableOrder[] = [
  withoutOptionalFields,
  withOptionalFields,
  ...variations.flatMap((fields) => [
    { ...withoutOptionalFields, ...fields },
    { ...withOptionalFields, ...fields },
  ]),
  ...currencies.map((currency) => ({ ...withOptionalFields, currency })),
];

/** Orders with 100 items, the greatest number. */
export const largeSampleOrders: readonly ValidatableOrder[] = [withoutOptionalFields, withOptionalFields].map(
  (order) => ({ ...order, items: buildItems(100) }),
);

const maxShownCharacters = 40;
const maxShownElements = 2;

/** Formats an order as JSON for a message. Long texts and lists are cut, and their full length is shown. */
export function describeOrder(order: ValidatableOrder): string {
  return JSON.stringify(order, (_, value: unknown) => {
    if (typeof value === 'string') {
      const { length } = [...value];
      return length <= maxShownCharacters ? value : `${[...value].slice(0, 10).join('')}… (${length} characters)`;
    }
    if (!Array.isArray(value) || value.length <= maxShownElements) return value;
    return [...value.slice(0, maxShownElements), `… (${value.length} elements)`];
  });
}
