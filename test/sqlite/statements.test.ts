// The texts of the statements that a group of commands executes are constant, so that each is prepared once.

import { expect, test, vi } from 'vitest';
import { WriterThread } from '../../server/database/sqlite/writer-thread/writer-thread.ts';
import { createTemporaryDatabase } from '../kit/database/database.ts';
import { completeOrders } from '../kit/database/lives.ts';
import { openTestNode } from '../kit/database/store.ts';

test('groups of other sizes execute statements that are prepared already', async () => {
  await using database = await createTemporaryDatabase();
  await using node = await openTestNode(database.url);
  const run = vi.spyOn(WriterThread.prototype, 'run');
  const takeTexts = () => {
    const texts = run.mock.calls.flatMap(([{ statements }]) => statements.map(({ sql }) => sql));
    run.mockClear();
    return new Set(texts);
  };
  try {
    await completeOrders(node, 'first', 2);
    const prepared = takeTexts();
    await completeOrders(node, 'next', 1);
    await completeOrders(node, 'last', 40);
    const used = takeTexts();
    expect(used.size).toBeGreaterThan(5);
    expect(used.difference(prepared)).toEqual(new Set());
  } finally {
    run.mockRestore();
  }
});
