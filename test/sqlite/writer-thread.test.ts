// The thread that writes to SQLite, when it ends by itself.

import type { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { buildCreateCommand } from '../kit/database/commands.ts';
import { createTemporaryDatabase } from '../kit/database/database.ts';
import { openTestNode } from '../kit/database/store.ts';

/** Collects the threads that are started until the returned object is disposed of. */
function watchThreads(): Disposable & { threads: Worker[] } {
  const threads: Worker[] = [];
  const add = (thread: Worker) => void threads.push(thread);
  process.on('worker', add);
  return { threads, [Symbol.dispose]: () => void process.off('worker', add) };
}

test('a thread that ends is replaced with the next write, and reads continue', async () => {
  using watcher = watchThreads();
  await using database = await createTemporaryDatabase();
  await using node = await openTestNode(database.url);
  await node.execute(buildCreateCommand());
  await watcher.threads[0]?.terminate();
  const orders = await node.store.reader.selectFrom('orders').select('id').execute();
  expect(orders).toEqual([{ id: 1 }]);
  expect(await node.execute(buildCreateCommand())).toMatchObject({ id: 2 });
  expect(watcher.threads).toHaveLength(2);
  expect(await node.store.isHealthy()).toBe(true);
});

test('a group whose thread ends before the commit is rejected, and the next one is written', async () => {
  using watcher = watchThreads();
  await using database = await createTemporaryDatabase();
  await using node = await openTestNode(database.url, {
    beforeCommit: async () => {
      await watcher.threads[0]?.terminate();
    },
  });
  await expect(node.execute(buildCreateCommand())).rejects.toMatchObject({ code: 'unavailable' });
  expect(await node.store.isHealthy()).toBe(true);
  expect(await node.execute(buildCreateCommand())).toMatchObject({ id: 1 });
});
