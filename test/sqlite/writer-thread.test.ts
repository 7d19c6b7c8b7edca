// The writing thread of SQLite: the messages of a group, and a thread that ends unexpectedly.

import type { Worker } from 'node:worker_threads';
import Database from 'better-sqlite3';
import { expect, test, vi } from 'vitest';
import { UnknownCommitError } from '../../server/database/commit-errors.ts';
import type { BatchResult } from '../../server/database/sqlite/writer-thread/messages.ts';
import { WriterThread } from '../../server/database/sqlite/writer-thread/writer-thread.ts';
import { buildCreateCommand, runSettings, testInitiator } from '../kit/database/commands.ts';
import { createTemporaryDatabase } from '../kit/database/database.ts';
import { openTestNode } from '../kit/database/store.ts';

const initiator = testInitiator;

/** Collects the threads that are started until the returned object is disposed of. */
function watchThreads(): Disposable & { threads: Worker[] } {
  const threads: Worker[] = [];
  const add = (thread: Worker) => void threads.push(thread);
  process.on('worker', add);
  return { threads, [Symbol.dispose]: () => void process.off('worker', add) };
}

/** Changes the database as another process would. */
function changeFile(url: string, text: string): void {
  const database = new Database(url.slice('sqlite:'.length));
  database.exec(text);
  database.close();
}

test('a group takes one message if its rows are known, and otherwise one more for all its reads', async () => {
  await using database = await createTemporaryDatabase();
  await using node = await openTestNode(database.url);
  await Promise.all([node.execute(buildCreateCommand()), node.execute(buildCreateCommand())]);
  await node.store.transaction(async () => {});
  const run = vi.spyOn(WriterThread.prototype, 'run');
  try {
    const edit = { type: 'order.edit', initiator, orderId: 1, edit: { note: 'x', reference: 'R-1' } } as const;
    await node.execute(edit);
    const batches = run.mock.calls.map(([batch]) => batch);
    expect(batches.map(({ end }) => end)).toEqual([undefined, 'commit']);
    expect(batches[0]?.statements.length).toBeGreaterThan(2);
    run.mockClear();
    await node.execute({ ...edit, edit: { note: 'y' } });
    expect(run.mock.calls.map(([{ begin, end }]) => [begin !== undefined, end])).toEqual([[true, 'commit']]);
  } finally {
    run.mockRestore();
  }
});

test('SQLite transactions run one after the other', async () => {
  await using database = await createTemporaryDatabase();
  await using node = await openTestNode(database.url);
  const steps: string[] = [];
  const runSlowly = (name: string) =>
    node.store.transaction(async (em) => {
      steps.push(`${name} begins`);
      await em.getKysely<{ counters: { value: number } }>().selectFrom('counters').select('value').execute();
      steps.push(`${name} ends`);
    });
  await Promise.all([runSlowly('a'), runSlowly('b'), runSlowly('c')]);
  expect(steps).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
});

test('a thread that ends is replaced with the next write, which is decided on the rows of the file', async () => {
  using watcher = watchThreads();
  await using database = await createTemporaryDatabase();
  await using node = await openTestNode(database.url);
  const { id: orderId } = await node.execute(buildCreateCommand());
  await watcher.threads[0]?.terminate();
  const orders = await node.store.reader.selectFrom('orders').select('id').execute();
  expect(orders).toEqual([{ id: 1 }]);
  changeFile(database.url, `update orders set status = 'REJECTED'`);
  const validation = { type: 'order.validate', initiator, orderId, ...runSettings } as const;
  await expect(node.execute(validation)).rejects.toMatchObject({ code: 'invalid-transition' });
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
  const error = await node.execute(buildCreateCommand()).catch((reason: unknown) => reason);
  expect(error).toMatchObject({ code: 'unavailable', cause: { message: expect.stringContaining('has ended') } });
  expect(await node.store.isHealthy()).toBe(true);
  expect(await node.execute(buildCreateCommand())).toMatchObject({ id: 1 });
});

test('a commit whose response is lost is reported as unknown', async () => {
  using watcher = watchThreads();
  await using database = await createTemporaryDatabase();
  await using node = await openTestNode(database.url);
  const { run } = WriterThread.prototype;
  const spy = vi.spyOn(WriterThread.prototype, 'run').mockImplementation(function (this: WriterThread, batch) {
    const response: Promise<BatchResult> = run.call(this, batch);
    if (batch.end === 'commit') watcher.threads[0]?.terminate();
    return response;
  });
  const error = await node.execute(buildCreateCommand()).catch((reason: unknown) => reason);
  spy.mockRestore();
  expect(error).toMatchObject({ code: 'unavailable', cause: expect.any(UnknownCommitError) });
  const { id } = await node.execute(buildCreateCommand());
  const orders = await node.store.reader.selectFrom('orders').select('id').execute();
  expect(orders).toHaveLength(id);
});

test('a parameter that cannot be sent to the thread fails its transaction only', async () => {
  await using database = await createTemporaryDatabase();
  await using node = await openTestNode(database.url);
  const broken = node.store.transaction((em) =>
    em
      .getKysely<{ counters: { value: unknown } }>()
      .updateTable('counters')
      .set({ value: () => 1 } as never)
      .where('value', '=', (() => 1) as never)
      .execute(),
  );
  await expect(broken).rejects.toThrow();
  expect(await node.execute(buildCreateCommand())).toMatchObject({ id: 1 });
});
