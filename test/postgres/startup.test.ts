// Starts of the service whose connection to PostgreSQL is lost.

import { expect, test } from 'vitest';
import { formatStartupError } from '../../server/shared/startup-error.ts';
import { createTemporaryDatabase } from '../kit/database/database.ts';
import { type PostgresProxy, startPostgresProxy } from '../kit/database/postgres-proxy.ts';
import { openTestNode } from '../kit/database/store.ts';
import { listNumbers } from '../kit/events/events.ts';
import { runServiceToExit } from '../kit/service/process.ts';

/** Opens the database and the queue as a start does, and closes them. Returns the message of a failed start. */
async function start(proxy: PostgresProxy): Promise<string | undefined> {
  try {
    await using _ = await openTestNode(proxy.url, { databaseTimeoutMs: 500 });
    return undefined;
  } catch (error) {
    return formatStartupError('cannot start', error);
  }
}

/** A start sends about 30 chunks before all connections are open. Later ones belong to work in the background. */
const chunkCount = 30;

/** Starts that wait for a timeout do so together. */
const concurrency = 5;

test('a start whose database connection is cut at any point reports the database, without a stack trace', async () => {
  await using database = await createTemporaryDatabase();
  const messages: (string | undefined)[] = [];
  const startFrom = async (first: number) => {
    for (let index = first; index <= chunkCount; index += concurrency) {
      await using proxy = await startPostgresProxy(database.url);
      proxy.cutAtChunk(index);
      const message = await start(proxy);
      // The number of chunks varies, because the operating system may join them.
      if (proxy.cuts === 0) return;
      messages.push(message);
    }
  };
  await Promise.all(listNumbers(1, concurrency).map(startFrom));
  const reported = messages.filter((message) => message !== undefined);
  expect(reported.length).toBeGreaterThan(15);
  expect(reported.filter((message) => !/^cannot start: DATABASE_URL: the database .+\n$/.test(message))).toEqual([]);
});

test('a start that cannot listen for notifications ends the process', async () => {
  await using database = await createTemporaryDatabase();
  await using proxy = await startPostgresProxy(database.url);
  proxy.onNext('listen order_commits', () => proxy.cutAtChunk(1));
  const { code, errors } = await runServiceToExit({ DATABASE_URL: proxy.url });
  expect([code, errors]).toEqual([1, expect.stringMatching(/^cannot start: DATABASE_URL: the database .+\n$/)]);
});
