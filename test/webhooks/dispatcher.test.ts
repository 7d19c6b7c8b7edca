// The dispatcher: when it looks for webhooks that are due.

import { pino } from 'pino';
import { expect, test } from 'vitest';
import { readConfig } from '../../server/config/config.ts';
import { readStats } from '../../server/database/queries/orders.ts';
import type { Store } from '../../server/database/store.ts';
import { Dispatcher } from '../../server/webhooks/dispatcher.ts';
import { createTemporaryDatabase } from '../kit/database/database.ts';
import { openTestStore } from '../kit/database/store.ts';
import { waitUntil } from '../kit/wait-until.ts';

test('commits with events cause no query for webhooks while there are none', async () => {
  await using database = await createTemporaryDatabase();
  await using store = await openTestStore(database.url);
  let reads = 0;
  const read: Store['read'] = (query, planned, converter) => {
    reads += 1;
    return store.read(query, planned, converter);
  };
  const unused = (): never => {
    throw new Error('no webhook needs this');
  };
  await using dispatcher = new Dispatcher({
    ...readConfig({}),
    store: { ...store, read },
    execute: unused,
    sender: { send: unused } as never,
    log: pino({ level: 'silent' }),
    pollMs: 60_000,
    now: Date.now,
    random: Math.random,
  });
  await dispatcher.start();
  const settle = async () => {
    let before: number;
    do {
      before = reads;
      await readStats(store, Date.now());
    } while (reads > before);
  };
  await waitUntil(
    async () => reads,
    (count) => count >= 2,
  );
  await settle();
  const afterStart = reads;
  dispatcher.wakeForEvents();
  await settle();
  expect(reads).toBe(afterStart);
  dispatcher.wake();
  await settle();
  expect(reads).toBeGreaterThan(afterStart);
});
