// Generates realistic orders from two years of use. The data is reproducible and has the same distribution at any size,
// so that databases of different sizes can be compared.

import { createSeededRandom } from './seeded-random.ts';

/** An order as it is inserted into a database. */
export type GeneratedOrder = {
  id: number;
  reference: string | null;
  customerId: string;
  items: { productId: string; quantity: number; unitPrice: number }[];
  note: string | null;
  metadata: Record<string, string>;
  status: 'CREATED' | 'VALIDATED' | 'APPROVED' | 'REJECTED';
  /** Whether the order has a passed validation run. */
  isPassed: boolean;
  createdAt: string;
  eventId: string;
};

const firstTimeMs = Date.parse('2024-01-01T00:00:00.000Z');
const lastTimeMs = Date.parse('2026-01-01T00:00:00.000Z');
const ordersPerCustomer = 200;

/** The creation time at a position in the list of all orders, from 0 for the first to 1 for the last. */
export function computeTimestamp(share: number): string {
  return new Date(Math.floor(firstTimeMs + share * (lastTimeMs - firstTimeMs))).toISOString();
}

/**
 * The number of customers: 5,000 for a million orders. Customers have the same number of orders at any size, so that
 * their pages have the same length.
 */
export function countCustomers(orders: number): number {
  return Math.max(1, Math.round(orders / ordersPerCustomer));
}

/** The id of a customer, counted from 0. */
export function toCustomerId(number: number): string {
  return `customer-${number}`;
}

/** The reference of an order. Every third order has one. */
export function toReference(id: number): string | null {
  return id % 3 === 0 ? `PO-${String(id).padStart(8, '0')}` : null;
}

/** Generates orders, oldest first. */
export function* generateOrders(orders: number): Generator<GeneratedOrder> {
  const random = createSeededRandom(orders);
  for (let id = 1; id <= orders; id += 1) {
    const status = toStatus(random());
    const createdAt = computeTimestamp((id - 1) / orders);
    yield {
      id,
      reference: toReference(id),
      customerId: toCustomerId(Math.floor(random() * countCustomers(orders))),
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
      eventId: createEventId(Date.parse(createdAt), random),
    };
  }
}

function toStatus(share: number): GeneratedOrder['status'] {
  if (share < 0.1) return 'CREATED';
  if (share < 0.2) return 'VALIDATED';
  return share < 0.9 ? 'APPROVED' : 'REJECTED';
}

/** Creates a UUIDv7 (RFC 9562, section 5.7). */
function createEventId(timeMs: number, random: () => number): string {
  const time = timeMs.toString(16).padStart(12, '0');
  const digits = (count: number) =>
    Math.floor(random() * 16 ** count)
      .toString(16)
      .padStart(count, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${digits(3)}-8${digits(3)}-${digits(12)}`;
}
