// What is asked of a small and of a large file. Answers are equally long on both, so that only the search differs.

import type { Candidate } from './candidate.ts';
import { JsonClient } from './json-client.ts';
import type { LoadSource } from './load.ts';
import { countCustomers, customerName, momentAt, toReference } from './order-data.ts';
import { randomFrom } from './random.ts';

/** What the paths of a file are made of. */
export type Place = { orders: number; middleCursor: string };

type ScaleQuery = { name: string; source(place: Place): LoadSource };

const random = randomFrom(1);

/** An integer from 1 to `max`. */
function anyUpTo(max: number): number {
  return 1 + Math.floor(random() * max);
}

function page(query: string): LoadSource {
  return { path: `/orders?limit=20${query}` };
}

function customerPage({ orders }: Place, query = ''): LoadSource {
  return () => ({
    path: `/orders?limit=20&customerId=${customerName(anyUpTo(countCustomers(orders)) - 1)}${query}`,
  });
}

const middle = momentAt(1 / 2);
/** A month in the middle of two years. */
const month = `&createdFrom=${middle}&createdTo=${momentAt(1 / 2 + 1 / 24)}`;
/** The year in the middle: in a month, a thousand orders have too few of one status for a page. */
const year = `&createdFrom=${momentAt(1 / 4)}&createdTo=${momentAt(3 / 4)}`;

export const scaleQueries: readonly ScaleQuery[] = [
  {
    name: 'GET one, any',
    source:
      ({ orders }) =>
      () => ({ path: `/orders/${anyUpTo(orders)}` }),
  },
  { name: 'first page', source: () => page('') },
  { name: 'page in the middle, by cursor', source: ({ middleCursor: cursor }) => page(`&cursor=${cursor}`) },
  { name: 'status=CREATED', source: () => page('&status=CREATED') },
  { name: 'status=CREATED,VALIDATED', source: () => page('&status=CREATED,VALIDATED') },
  { name: 'customerId, any', source: (place) => customerPage(place) },
  {
    name: 'reference, any',
    source:
      ({ orders }) =>
      () => ({ path: `/orders?reference=${toReference(3 * anyUpTo(Math.floor(orders / 3)))}` }),
  },
  { name: 'createdFrom, createdTo: a month', source: () => page(month) },
  { name: 'createdFrom: the later half', source: () => page(`&createdFrom=${middle}`) },
  { name: 'createdTo: the earlier half', source: () => page(`&createdTo=${middle}`) },
  { name: 'status=CREATED in a year', source: () => page(`&status=CREATED${year}`) },
  { name: 'first page, withTotal', source: () => page('&withTotal=true') },
  { name: 'status=CREATED, withTotal', source: () => page('&status=CREATED&withTotal=true') },
  { name: 'customerId, any, withTotal', source: (place) => customerPage(place, '&withTotal=true') },
  { name: '/stats', source: () => ({ path: '/stats' }) },
];

/**
 * The cursor of a page in the exact middle of the list. A cursor is opaque: the only way to it is to walk there, which
 * takes some 5,000 pages of 100 in a million orders.
 */
export async function middleCursor(contestant: Candidate, orders: number): Promise<string> {
  using client = new JsonClient(contestant, 1);
  let cursor = '';
  for (let passed = 0; passed < orders / 2; passed += 100) {
    const query: string = cursor === '' ? '' : `&cursor=${cursor}`;
    const { page: end } = await client.get<{ page: { nextCursor: string } }>(`/orders?limit=100${query}`);
    cursor = end.nextCursor;
  }
  return cursor;
}
