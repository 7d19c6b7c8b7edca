// The queries of the scale part. Responses have the same size for a small and a large database, so that only the search
// differs.

import { computeTimestamp, countCustomers, toCustomerId, toReference } from '../data/order-data.ts';
import { createSeededRandom } from '../data/seeded-random.ts';
import { JsonClient } from '../load/json-client.ts';
import type { LoadSource } from '../load/load.ts';
import type { ServerUnderTest } from '../servers/server-under-test.ts';

/** The parameters of the queries on a database: its number of orders, and the cursor of a page in the middle. */
export type DatasetPosition = { orders: number; middleCursor: string };

type ScaleQuery = { name: string; source(position: DatasetPosition): LoadSource };

const random = createSeededRandom(1);

/** A random integer from 1 to `max`. */
function randomUpTo(max: number): number {
  return 1 + Math.floor(random() * max);
}

function page(query: string): LoadSource {
  return { path: `/orders?limit=20${query}` };
}

function customerPage({ orders }: DatasetPosition, query = ''): LoadSource {
  return () => ({
    path: `/orders?limit=20&customerId=${toCustomerId(randomUpTo(countCustomers(orders)) - 1)}${query}`,
  });
}

const middle = computeTimestamp(1 / 2);
/** The month in the middle of the two years of data. */
const month = `&createdFrom=${middle}&createdTo=${computeTimestamp(1 / 2 + 1 / 24)}`;
/** The year in the middle: a month of the small database contains too few orders with one status to fill a page. */
const year = `&createdFrom=${computeTimestamp(1 / 4)}&createdTo=${computeTimestamp(3 / 4)}`;

/** The measured queries. Those with `any` use a random parameter in each request. */
export const scaleQueries: readonly ScaleQuery[] = [
  {
    name: 'GET one, any',
    source:
      ({ orders }) =>
      () => ({ path: `/orders/${randomUpTo(orders)}` }),
  },
  { name: 'first page', source: () => page('') },
  { name: 'page in the middle, by cursor', source: ({ middleCursor: cursor }) => page(`&cursor=${cursor}`) },
  { name: 'status=CREATED', source: () => page('&status=CREATED') },
  { name: 'status=CREATED,VALIDATED', source: () => page('&status=CREATED,VALIDATED') },
  { name: 'customerId, any', source: (position) => customerPage(position) },
  {
    name: 'reference, any',
    source:
      ({ orders }) =>
      () => ({ path: `/orders?reference=${toReference(3 * randomUpTo(Math.floor(orders / 3)))}` }),
  },
  { name: 'createdFrom, createdTo: a month', source: () => page(month) },
  { name: 'createdFrom: the later half', source: () => page(`&createdFrom=${middle}`) },
  { name: 'createdTo: the earlier half', source: () => page(`&createdTo=${middle}`) },
  { name: 'status=CREATED in a year', source: () => page(`&status=CREATED${year}`) },
  { name: 'first page, withTotal', source: () => page('&withTotal=true') },
  { name: 'status=CREATED, withTotal', source: () => page('&status=CREATED&withTotal=true') },
  { name: 'customerId, any, withTotal', source: (position) => customerPage(position, '&withTotal=true') },
  { name: '/stats', source: () => ({ path: '/stats' }) },
];

/**
 * The cursor of the page in the middle of the list. Cursors are opaque, so that all pages up to the middle must be
 * read: about 5,000 pages of 100 for a million orders.
 */
export async function findMiddleCursor(server: ServerUnderTest, orders: number): Promise<string> {
  using client = new JsonClient(server, 1);
  let cursor = '';
  for (let passed = 0; passed < orders / 2; passed += 100) {
    const query: string = cursor === '' ? '' : `&cursor=${cursor}`;
    const { page: end } = await client.get<{ page: { nextCursor: string } }>(`/orders?limit=100${query}`);
    cursor = end.nextCursor;
  }
  return cursor;
}
