// The content of the order form. All fields are text, as typed. Functions convert between drafts and the API types.

import type { NewOrder, Order, OrderEdit } from '@order-workflow/client';
import { toDecimal, toMinorUnits } from '../format/money.ts';

/** A line of the form. `unitPrice` is a decimal in major units. `key` identifies the line when lines are removed. */
export type LineDraft = { key: number; productId: string; quantity: string; unitPrice: string };

/** The fields of the form. An empty text means no value. */
export type OrderDraft = { customerId: string; reference: string; currency: string; note: string; lines: LineDraft[] };

let lineCount = 0;

/** A new line with a unique key and quantity 1. */
export function createEmptyLine(): LineDraft {
  lineCount += 1;
  return { key: lineCount, productId: '', quantity: '1', unitPrice: '' };
}

/** The draft of a new order, with one empty line. */
export function createEmptyDraft(): OrderDraft {
  return { customerId: '', reference: '', currency: 'EUR', note: '', lines: [createEmptyLine()] };
}

/** The draft for editing an order. */
export function toDraft(order: Order): OrderDraft {
  const { customerId, reference, currency, note, items } = order;
  const lines = items.map(({ productId, quantity, unitPrice }) => ({
    ...createEmptyLine(),
    productId,
    quantity: String(quantity),
    unitPrice: toDecimal(unitPrice, currency),
  }));
  return { customerId, reference: reference ?? '', currency, note: note ?? '', lines };
}

/**
 * Converts a draft to a request. A number that cannot be parsed becomes NaN, which JSON encodes as null. The service
 * then reports it together with all other errors of the request, so that the console does not validate input.
 */
export function toNewOrder({ customerId, reference, currency, note, lines }: OrderDraft): NewOrder {
  return {
    customerId: customerId.trim(),
    reference: reference.trim() || null,
    currency: currency as NewOrder['currency'],
    note: note || null,
    items: lines.map((line) => ({
      productId: line.productId.trim(),
      quantity: parseQuantity(line.quantity) ?? Number.NaN,
      unitPrice: toMinorUnits(line.unitPrice, currency) ?? Number.NaN,
    })),
  };
}

/** The fields of `content` that differ from `before`. */
export function toOrderEdit(content: NewOrder, before: NewOrder): OrderEdit {
  const changed = Object.entries(content).filter(
    ([field, value]) => JSON.stringify(value) !== JSON.stringify(before[field as keyof NewOrder]),
  );
  return Object.fromEntries(changed);
}

function parseQuantity(text: string): number | undefined {
  const quantity = /^\d+$/.test(text.trim()) ? Number(text) : undefined;
  return Number.isSafeInteger(quantity) ? quantity : undefined;
}

/** The amount of a line in minor units; undefined if its quantity or price cannot be parsed. */
export function toLineAmount(line: LineDraft, currency: string): bigint | undefined {
  const quantity = parseQuantity(line.quantity);
  const unitPrice = toMinorUnits(line.unitPrice, currency);
  return quantity === undefined || unitPrice === undefined ? undefined : BigInt(quantity) * BigInt(unitPrice);
}

/** The total in minor units of all lines that can be parsed. */
export function toDraftTotal({ lines, currency }: OrderDraft): bigint {
  return lines.reduce((total, line) => total + (toLineAmount(line, currency) ?? 0n), 0n);
}
