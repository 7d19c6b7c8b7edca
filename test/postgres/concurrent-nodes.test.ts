// Concurrent writes of several nodes to one PostgreSQL database: locks, lost updates and the order of the log.

import { sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import { decide } from '../../server/commands/command-registry.ts';
import { findEvents } from '../../server/database/queries/events.ts';
import type { Command } from '../../server/domain/commands.ts';
import { RequestProblem } from '../../server/domain/problem.ts';
import { buildCreateCommand, runSettings, testInitiator } from '../kit/database/commands.ts';
import { createTemporaryDatabase } from '../kit/database/database.ts';
import { startPostgresProxy } from '../kit/database/postgres-proxy.ts';
import { openTestNode, openTestStore, type TestNode } from '../kit/database/store.ts';
import { listNumbers, toPositions } from '../kit/events/events.ts';
import { createGate } from '../kit/gate.ts';
import { waitUntil } from '../kit/wait-until.ts';

const buildEditCommand = (orderId: number, note: string, expected?: number[]) =>
  ({ type: 'order.edit', initiator: testInitiator, orderId, edit: { note }, expected }) as const;

/** Returns `done` for a successful command, or else the code of its problem. */
async function toOutcome(execution: Promise<unknown>): Promise<string> {
  return execution.then(
    () => 'done',
    (reason: unknown) => (reason instanceof RequestProblem ? reason.code : String(reason)),
  );
}

/** Opens two nodes. The first one can be held between the reads of a group and its commit. */
async function openTwoNodes() {
  await using opening = new AsyncDisposableStack();
  const database = opening.use(await createTemporaryDatabase());
  const gate = createGate();
  let groupsUntilHeld = Number.POSITIVE_INFINITY;
  const beforeCommit = async () => {
    groupsUntilHeld -= 1;
    if (groupsUntilHeld <= 0) await gate.wait();
  };
  const first = opening.use(await openTestNode(database.url, { beforeCommit }));
  let decisions = 0;
  const second = opening.use(
    await openTestNode(database.url, {
      decide: (state, command) => {
        decisions += 1;
        return decide(state, command);
      },
    }),
  );
  const opened = opening.move();
  return {
    first,
    second,
    /** Executes commands on the first node as one group, and holds the group before its commit. */
    holdGroup: async (execute: () => Promise<unknown>[]) => {
      groupsUntilHeld = 2;
      // The commands that arrive during this commit form one group.
      const previousGroup = first.execute({ type: 'idempotency-keys.purge' });
      const outcomes = execute().map(toOutcome);
      await Promise.all([previousGroup, gate.reached]);
      return outcomes;
    },
    /** Waits until the second node waits for a lock. */
    waitUntilBlocked: () => waitUntilBlocked(second),
    releaseGroup: gate.open,
    /** Returns the number of decisions of the second node. */
    countDecisions: () => decisions,
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

/**
 * Waits until one session waits for a lock.
 * @param event `advisory` for the lock of the log; default: any lock
 */
async function waitUntilBlocked({ store }: TestNode, event?: 'advisory'): Promise<void> {
  const waiting = sql<{ count: number }>`select count(*) as count from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock'
      and wait_event = coalesce(${event ?? null}, wait_event)`;
  await waitUntil(
    async () => (await waiting.execute(store.reader)).rows[0]?.count,
    (count) => count === 1,
  );
}

/** Waits until a session has inserted events, and therefore holds the lock of the log, and is idle. */
async function waitUntilWriting({ store }: TestNode): Promise<void> {
  const idle = sql<{ count: number }>`select count(*) as count from pg_stat_activity
    where datname = current_database() and state = 'idle in transaction' and query like 'insert into events%'`;
  await waitUntil(
    async () => (await idle.execute(store.reader)).rows[0]?.count,
    (count) => count === 1,
  );
}

/** Checks that the sequences of each order have no gap up to its version. */
async function expectConsistentLog({ store }: TestNode): Promise<void> {
  const orders = await store.reader.selectFrom('orders').select(['id', 'version']).orderBy('id').execute();
  const events = await store.reader.selectFrom('events').select(['order_id', 'sequence']).orderBy('position').execute();
  for (const { id, version } of orders) {
    const sequences = events.filter(({ order_id }) => order_id === id).map(({ sequence }) => sequence);
    expect(sequences).toEqual(listNumbers(1, version));
  }
}

describe('two nodes', () => {
  test('two nodes that edit the same orders with If-Match lose no update', async () => {
    await using nodes = await openTwoNodes();
    const { first, second } = nodes;
    const ids = [1, 2, 3, 4, 5];
    for (const _ of ids) await second.execute(buildCreateCommand());
    const firstOutcomes = await nodes.holdGroup(() =>
      ids.map((id) => first.execute(buildEditCommand(id, 'first', [1]))),
    );
    const secondOutcomes = ids.toReversed().map((id) => toOutcome(second.execute(buildEditCommand(id, 'second', [1]))));
    await nodes.waitUntilBlocked();
    nodes.releaseGroup();
    expect(await Promise.all(firstOutcomes)).toEqual(ids.map(() => 'done'));
    expect(await Promise.all(secondOutcomes)).toEqual(ids.map(() => 'version-mismatch'));
    // Rows are locked before the decision, so that no decision is repeated.
    expect(nodes.countDecisions()).toBe(2 * ids.length);
    const rows = await first.store.reader.selectFrom('orders').select(['note', 'version']).execute();
    expect(rows).toEqual(ids.map(() => ({ note: 'first', version: 2 })));
    await expectConsistentLog(first);
  });

  test('the second of two nodes to use a reference gets a conflict with the id of the order that has it', async () => {
    await using nodes = await openTwoNodes();
    const firstOutcomes = await nodes.holdGroup(() => [nodes.first.execute(buildCreateCommand({ reference: 'A' }))]);
    const conflicting = nodes.second.execute(buildCreateCommand({ reference: 'A' }));
    const others = [buildCreateCommand(), buildCreateCommand({ reference: 'B' })].map((command) =>
      toOutcome(nodes.second.execute(command)),
    );
    void conflicting.catch(() => {});
    await nodes.waitUntilBlocked();
    nodes.releaseGroup();
    expect(await Promise.all([...firstOutcomes, ...others])).toEqual(['done', 'done', 'done']);
    await expect(conflicting).rejects.toMatchObject({ code: 'conflict', members: { orderId: 1 } });
    await expectConsistentLog(nodes.first);
  });

  test('two nodes that receive the same keyed request execute it once and return the same response', async () => {
    await using nodes = await openTwoNodes();
    const idempotency = {
      ...{ principal: 'ann', key: 'k', fingerprint: 'f' },
      renderResponse: (outcome: object) => ({ status: 201, headers: {}, body: JSON.stringify(outcome) }),
    };
    let one: Promise<unknown> | undefined;
    await nodes.holdGroup(() => {
      one = nodes.first.executeIdempotent(buildCreateCommand(), idempotency);
      return [one];
    });
    const other = nodes.second.executeIdempotent(buildCreateCommand(), idempotency);
    await nodes.waitUntilBlocked();
    nodes.releaseGroup();
    expect(await other).toEqual({ ...Object(await one), isReplay: true });
    expect(await nodes.first.store.reader.selectFrom('orders').select('id').execute()).toHaveLength(1);
  });

  test('of two nodes that claim the same webhook, one obtains the lease', async () => {
    await using nodes = await openTwoNodes();
    const { first, second } = nodes;
    const webhook = { url: 'https://shop.example/', types: null, description: null };
    await second.execute({ type: 'webhook.create', initiator: testInitiator, secret: 's', webhook });
    const claim = { type: 'webhook.claim', webhookId: 1, leaseMs: 60_000 } as const;
    let one: Promise<unknown> | undefined;
    await nodes.holdGroup(() => {
      one = first.execute(claim);
      return [one];
    });
    const other = second.execute(claim);
    await nodes.waitUntilBlocked();
    nodes.releaseGroup();
    expect(await one).toMatchObject({ fence: 1 });
    expect(await other).toBeUndefined();
  });

  test('two nodes assign positions in the order of their commits', async () => {
    await using database = await createTemporaryDatabase();
    await using proxy = await startPostgresProxy(database.url);
    await using first = await openTestNode(proxy.url);
    await using second = await openTestNode(database.url);
    for (const _ of [1, 2]) await second.execute(buildCreateCommand());
    const releaseCommit = proxy.holdNextCommit();
    const early = first.execute(buildEditCommand(1, 'early'));
    await waitUntilWriting(second);
    const late = second.execute(buildEditCommand(2, 'late'));
    await waitUntilBlocked(second, 'advisory');
    releaseCommit();
    await Promise.all([early, late]);
    const events = await second.store.reader.selectFrom('events').select('order_id').orderBy('position').execute();
    expect(events.map(({ order_id }) => order_id)).toEqual([1, 2, 1, 2]);
  });

  test('a node continues after the timeout when another node is frozen during a commit', async () => {
    await using database = await createTemporaryDatabase();
    const gate = createGate();
    let isFrozen = false;
    const beforeCommit = async () => {
      if (isFrozen) await gate.wait();
    };
    await using frozen = await openTestNode(database.url, { beforeCommit, databaseTimeoutMs: 300 });
    await using node = await openTestNode(database.url, { databaseTimeoutMs: 2_000 });
    await node.execute(buildCreateCommand());
    isFrozen = true;
    const late = toOutcome(frozen.execute(buildEditCommand(1, 'late', [1])));
    await gate.reached;
    expect(await toOutcome(node.execute(buildEditCommand(1, 'in time', [1])))).toBe('done');
    gate.open();
    expect(await late).toBe('version-mismatch');
    await expectConsistentLog(node);
  });
});

test('three nodes that write to the same orders concurrently leave consistent histories and counters', async () => {
  await using database = await createTemporaryDatabase();
  await using stack = new AsyncDisposableStack();
  const nodes = await Promise.all([1, 2, 3].map(async () => stack.use(await openTestNode(database.url))));
  for (let id = 1; id <= 6; id += 1) await nodes[0]?.execute(buildCreateCommand());
  const outcomes = nodes.flatMap((node, nodeIndex) =>
    Array.from({ length: 300 }, (_, index) => {
      const orderId = ((index * (nodeIndex + 5)) % 6) + 1;
      const commands: Command[] = [
        buildEditCommand(orderId, `${nodeIndex}-${index}`),
        { type: 'order.validate', initiator: testInitiator, orderId, ...runSettings },
        buildCreateCommand({ reference: `R${index % 20}` }),
      ];
      const command = commands[index % 29 === 0 ? 1 : index % 3 === 0 ? 2 : 0];
      return toOutcome(command ? node.execute(command) : Promise.resolve());
    }),
  );
  const expected = ['conflict', 'done', 'validation-in-progress'];
  expect([...new Set(await Promise.all(outcomes))].sort()).toEqual(expected);
  const [node] = nodes;
  if (!node) throw new Error('no node');
  await expectConsistentLog(node);
  const { reader } = node.store;
  const counters = await reader.selectFrom('counters').selectAll().where('name', '=', 'orders.CREATED').execute();
  const created = await reader.selectFrom('orders').select('id').execute();
  expect(counters).toEqual([{ name: 'orders.CREATED', value: created.length }]);
});

test('reading the log page by page while three nodes write skips no event', async () => {
  await using database = await createTemporaryDatabase();
  await using stack = new AsyncDisposableStack();
  const nodes = await Promise.all([1, 2, 3].map(async () => stack.use(await openTestNode(database.url))));
  await using store = await openTestStore(database.url);
  const positions: number[] = [];
  let isWriting = true;
  const reading = (async () => {
    for (;;) {
      const wasWriting = isWriting;
      const span = { after: positions.at(-1) ?? 0, upTo: Number.MAX_SAFE_INTEGER, limit: 50 };
      const { events } = await findEvents(store, {}, span);
      positions.push(...toPositions(events));
      if (events.length === 0 && !wasWriting) return;
    }
  })();
  await Promise.all(
    nodes.map(async (node) => {
      for (let round = 0; round < 40; round += 1)
        await Promise.all([1, 2, 3].map(() => node.execute(buildCreateCommand())));
    }),
  );
  isWriting = false;
  await reading;
  const all = await store.reader.selectFrom('events').select('position').orderBy('position').execute();
  expect(all).toHaveLength(360);
  expect(positions).toEqual(toPositions(all));
});
