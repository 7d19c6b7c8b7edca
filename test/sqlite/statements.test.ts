// The texts of the statements that a group of commands executes are constant, so that each is prepared once.

import Database from 'better-sqlite3';
import { expect, test, vi } from 'vitest';
import { buildCreateCommand, runSettings, testInitiator } from '../kit/database/commands.ts';
import { createTemporaryDatabase } from '../kit/database/database.ts';
import { openTestNode, type TestNode } from '../kit/database/store.ts';

/** Takes orders through their lives, each step as one group. Some requests have idempotency keys and references. */
async function completeOrders({ execute, executeIdempotent }: TestNode, name: string, count: number): Promise<void> {
  const names = Array.from({ length: count }, (_, index) => `${name}-${index}`);
  const orders = await Promise.all(names.map((reference) => execute(buildCreateCommand({ reference }))));
  await Promise.all(
    names.map((key) =>
      executeIdempotent(buildCreateCommand(), {
        ...{ principal: 'ann', key, fingerprint: key },
        renderResponse: () => ({ status: 201, headers: {}, body: key }),
      }),
    ),
  );
  const forEach = <Result>(step: (orderId: number) => Promise<Result>) => Promise.all(orders.map(({ id }) => step(id)));
  const initiator = testInitiator;
  await forEach((orderId) => execute({ type: 'order.edit', initiator, orderId, edit: { note: name } }));
  const runs = await forEach((orderId) => execute({ type: 'order.validate', initiator, orderId, ...runSettings }));
  const claim = { type: 'run.claim', leaseMs: 60_000, policyVersion: 'p' } as const;
  const claims = await Promise.all(runs.map(({ id: runId, fence }) => execute({ ...claim, runId, fence })));
  const result = { state: 'passed' } as const;
  await Promise.all(
    claims.map((claimed) => {
      const { id: runId, fence } = claimed?.run ?? { id: 0, fence: 0 };
      return execute({ type: 'run.settle', runId, fence, result, retryDelayMs: 0 });
    }),
  );
  const approval = { type: 'order.approve', initiator, note: null, hasSeparationOfDuties: false } as const;
  await forEach((orderId) => execute({ ...approval, orderId }));
}

test('groups of other sizes execute statements that are prepared already', async () => {
  await using database = await createTemporaryDatabase();
  await using node = await openTestNode(database.url);
  await completeOrders(node, 'first', 2);
  const prepare = vi.spyOn(Database.prototype, 'prepare');
  try {
    await completeOrders(node, 'next', 1);
    await completeOrders(node, 'last', 40);
    expect(prepare.mock.calls.map(([text]) => text)).toEqual([]);
  } finally {
    prepare.mockRestore();
  }
});
