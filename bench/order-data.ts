// Orders as years of use leave them behind: the same each time, and alike at any size, so that files can be compared.

import { randomFrom } from './random.ts';

export type FilledOrder = {
  id: number;
  reference: string | null;
  customerId: string;
  items: { productId: string; quantity: number; unitPrice: number }[];
  note: string | null;
  metadata: Record<string, string>;
  status: 'CREATED' | 'VALIDATED' | 'APPROVED' | 'REJECTED';
  /** Whether it has a run that has passed. */
  isPassed: boolean;
  createdAt: string;
  eventId: string;
};

const firstMoment = Date.parse('2024-01-01T00:00:00.000Z');
const lastMoment = Date.parse('2026-01-01T00:00:00.000Z');
const ordersOfACustomer = 200;

/** When the order in that place of the file was created: 0 is the first, 1 the last. */
export function momentAt(share: number): string {
  return new Date(Math.floor(firstMoment + share * (lastMoment - firstMoment))).toISOString();
}

/** 5,000 in a million orders. Each has as many orders in a small file, so that their pages are as long. */
export function countCustomers(orders: number): number {
  return Math.max(1, Math.round(orders / ordersOfACustomer));
}

export function customerName(number: number): string {
  return `customer-${number}`;
}

/** Every third order has one. */
export function toReference(id: number): string | null {
  return id % 3 === 0 ? `PO-${String(id).padStart(8, '0')}` : null;
}

/** All orders of a file, oldest first. */
export function* filledOrders(orders: number): Generator<FilledOrder> {
  const random = randomFrom(orders);
  for (let id = 1; id <= orders; id += 1) {
    const status = statusAt(random());
    const createdAt = momentAt((id - 1) / orders);
    yield {
      id,
      reference: toReference(id),
      customerId: customerName(Math.floor(random() * countCustomers(orders))),
      items: Array.from({ length: 1 + Math.floor(random() * 3) }, (_, index) => ({
        productId: `product-${index}-${Math.floor(random() * 1000)}`,
        quantity: 1 + Math.floor(random() * 9),
        unitPrice: 100 + Math.floor(random() * 9900),
      })),
      note: random() < 0.3 ? 'Leave at the door, please, and ring twice' : null,
      metadata: random() < 0.5 ? { channel: 'shop' } : {},
      status,
      isPassed: status === 'VALIDATED' || status === 'APPROVED',
      createdAt,
      eventId: eventIdAt(Date.parse(createdAt), random),
    };
  }
}

function statusAt(share: number): FilledOrder['status'] {
  if (share < 0.1) return 'CREATED';
  if (share < 0.2) return 'VALIDATED';
  return share < 0.9 ? 'APPROVED' : 'REJECTED';
}

/** A UUIDv7 (RFC 9562, section 5.7). */
function eventIdAt(moment: number, random: () => number): string {
  const time = moment.toString(16).padStart(12, '0');
  const digits = (count: number) =>
    Math.floor(random() * 16 ** count)
      .toString(16)
      .padStart(count, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${digits(3)}-8${digits(3)}-${digits(12)}`;
}
