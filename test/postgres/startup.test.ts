// Starts of the service whose connection to PostgreSQL is lost.

import { expect, test } from 'vitest';
import { formatStartupError } from '../../server/shared/startup-error.ts';
import { createTemporaryDatabase } from '../kit/database/database.ts';
import { type PostgresProxy, startPostgresProxy } from '../kit/database/postgres-proxy.ts';
import { startTestApp } from '../kit/service/app.ts';

/** Starts the service and stops it. Returns the message of a failed start. */
async function start(proxy: PostgresProxy): Promise<string | undefined> {
  try {
    await using _ = await startTestApp({ databaseUrl: proxy.url, databaseTimeoutMs: 500 });
    return undefined;
  } catch (error) {
    return formatStartupError('cannot start', error);
  }
}

/** A start sends about 30 chunks before all connections are open. Later ones belong to work in the background. */
const chunkCount = 30;

test('a start whose database connection is cut at any point reports the database, without a stack trace', async () => {
  await using database = await createTemporaryDatabase();
  const messages: (string | undefined)[] = [];
  for (let index = 1; index <= chunkCount; index += 1) {
    await using proxy = await startPostgresProxy(database.url);
    proxy.cutAtChunk(index);
    messages.push(await start(proxy));
    expect(proxy.cuts).toBe(1);
  }
  const reported = messages.filter((message) => message !== undefined);
  expect(reported.length).toBeGreaterThan(15);
  expect(reported.filter((message) => !/^cannot start: the database .+\n$/.test(message))).toEqual([]);
});
