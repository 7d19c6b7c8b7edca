// An order while it is being typed: all text, as the fields have it; and the way from there to the wire and back.

import type { NewOrderInput, Order, OrderEdit } from '../../client/index.ts';
import { toDecimal, toMinorUnits } from '../text/money.ts';

export type DraftLine = { key: number; productId: string; quantity: string; unitPrice: string };
export type Draft = { customerId: string; reference: string; currency: string; note: string; lines: DraftLine[] };

let lineCount = 0;

export function emptyLine(): DraftLine {
  lineCount += 1;
  return { key: lineCount, productId: '', quantity: '1', unitPrice: '' };
}

export function emptyDraft(): Draft {
  return { customerId: '', reference: '', currency: 'EUR', note: '', lines: [emptyLine()] };
}

export function toDraft(order: Order): Draft {
  const { customerId, reference, currency, note, items } = order;
  const lines = items.map(({ productId, quantity, unitPrice }) => ({
    ...emptyLine(),
    productId,
    quantity: String(quantity),
    unitPrice: toDecimal(unitPrice, currency),
  }));
  return { customerId, reference: reference ?? '', currency, note: note ?? '', lines };
}

/**
 * What would be sent. A number that cannot be read becomes NaN, which JSON writes as null: the service then refuses it
 * together with every other fault of the request, and nothing has to be judged here.
 */
export function toNewOrder({ customerId, reference, currency, note, lines }: Draft): NewOrderInput {
  return {
    customerId: customerId.trim(),
    reference: reference.trim() || null,
    currency: currency as NewOrderInput['currency'],
    note: note || null,
    items: lines.map((line) => ({
      productId: line.productId.trim(),
      quantity: quantityOf(line.quantity) ?? Number.NaN,
      unitPrice: toMinorUnits(line.unitPrice, currency) ?? Number.NaN,
    })),
  };
}

/** The fields of `content` that are not as they were in `before`. */
export function toOrderEdit(content: NewOrderInput, before: NewOrderInput): OrderEdit {
  const changed = Object.entries(content).filter(
    ([field, value]) => JSON.stringify(value) !== JSON.stringify(before[field as keyof NewOrderInput]),
  );
  return Object.fromEntries(changed);
}

function quantityOf(text: string): number | undefined {
  const quantity = /^\d+$/.test(text.trim()) ? Number(text) : undefined;
  return Number.isSafeInteger(quantity) ? quantity : undefined;
}

/** What a line comes to in minor units; undefined as long as it cannot be read. */
export function toLineAmount(line: DraftLine, currency: string): bigint | undefined {
  const quantity = quantityOf(line.quantity);
  const unitPrice = toMinorUnits(line.unitPrice, currency);
  return quantity === undefined || unitPrice === undefined ? undefined : BigInt(quantity) * BigInt(unitPrice);
}

/** The sum of the lines that can be read. */
export function toDraftTotal({ lines, currency }: Draft): bigint {
  return lines.reduce((total, line) => total + (toLineAmount(line, currency) ?? 0n), 0n);
}
