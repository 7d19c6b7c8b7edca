// Several nodes on one PostgreSQL: whatever they do at once, no update is lost, nothing is done twice, and the log is
// in the order of its commits.

import { sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import type { NewOrder } from '../../contract/order.ts';
import { decide } from '../../server/commands/command-registry.ts';
import { findEvents } from '../../server/database/queries/events.ts';
import type { Command } from '../../server/domain/commands.ts';
import { RequestProblem } from '../../server/domain/problem.ts';
import { createTemporaryDatabase } from '../kit/database.ts';
import { createGate } from '../kit/gate.ts';
import { startPostgresProxy } from '../kit/postgres-proxy.ts';
import { openTestNode, openTestStore, type TestNode } from '../kit/store.ts';
import { waitUntil } from '../kit/wait-until.ts';

const initiator = { actor: { type: 'user', id: 'ann' }, requestId: null, address: null } as const;

function newOrder(fields: Partial<NewOrder> = {}): NewOrder {
  const items = [{ productId: 'tea', quantity: 1, unitPrice: 5 }];
  return { reference: null, customerId: 'c', currency: 'EUR', items, note: null, metadata: {}, ...fields };
}

const create = (fields?: Partial<NewOrder>) => ({ type: 'order.create', initiator, order: newOrder(fields) }) as const;
const edit = (orderId: number, note: string, expected?: number[]) =>
  ({ type: 'order.edit', initiator, orderId, edit: { note }, expected }) as const;

/** How a command ended: `done`, or the code of its refusal. */
async function outcomeOf(commit: Promise<unknown>): Promise<string> {
  return commit.then(
    () => 'done',
    (reason: unknown) => (reason instanceof RequestProblem ? reason.code : String(reason)),
  );
}

/** Two nodes, of which the first waits between its reads and its commit until it is let go. */
async function twoNodes() {
  await using opening = new AsyncDisposableStack();
  const database = opening.use(await createTemporaryDatabase());
  const gate = createGate();
  let groupsUntilHeld = Number.POSITIVE_INFINITY;
  const beforeCommit = async () => {
    groupsUntilHeld -= 1;
    if (groupsUntilHeld <= 0) await gate.wait();
  };
  const first = opening.use(await openTestNode(database.url, { beforeCommit }));
  let decided = 0;
  const second = opening.use(
    await openTestNode(database.url, {
      decide: (state, command) => {
        decided += 1;
        return decide(state, command);
      },
    }),
  );
  const opened = opening.move();
  return {
    first,
    second,
    /** Commits on the first node as one group, up to the moment before the commit. */
    held: async (commit: () => Promise<unknown>[]) => {
      groupsUntilHeld = 2;
      // What comes while this is under way is one group.
      const before = first.execute({ type: 'idempotency-keys.purge' });
      const outcomes = commit().map(outcomeOf);
      await Promise.all([before, gate.reached]);
      return outcomes;
    },
    /** Waits until a node waits for another. */
    untilBlocked: () => untilBlocked(second),
    letGo: gate.open,
    /** How many decisions the second node has taken. */
    decided: () => decided,
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

/** @param event what it waits for: a transaction that has locked a row, or the lock of the log */
async function untilBlocked({ store }: TestNode, event?: 'advisory'): Promise<void> {
  const waiting = sql<{ count: number }>`select count(*) as count from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock'
      and wait_event = coalesce(${event ?? null}, wait_event)`;
  await waitUntil(
    async () => (await waiting.execute(store.reader)).rows[0]?.count,
    (count) => count === 1,
  );
}

/** Waits until a node holds the lock of the log, and does no more. */
async function untilWriting({ store }: TestNode): Promise<void> {
  const idle = sql<{ count: number }>`select count(*) as count from pg_stat_activity
    where datname = current_database() and state = 'idle in transaction' and query like 'insert into "events"%'`;
  await waitUntil(
    async () => (await idle.execute(store.reader)).rows[0]?.count,
    (count) => count === 1,
  );
}

async function expectSoundLog({ store }: TestNode): Promise<void> {
  const orders = await store.reader.selectFrom('orders').select(['id', 'version']).orderBy('id').execute();
  const events = await store.reader.selectFrom('events').select(['order_id', 'sequence']).orderBy('position').execute();
  for (const { id, version } of orders) {
    const sequences = events.filter(({ order_id }) => order_id === id).map(({ sequence }) => sequence);
    expect(sequences).toEqual(Array.from({ length: version }, (_, index) => index + 1));
  }
}

describe('two nodes', () => {
  test('that change the same orders lose no update, and tell nobody "done" whose change is not there', async () => {
    await using nodes = await twoNodes();
    const { first, second } = nodes;
    const ids = [1, 2, 3, 4, 5];
    for (const _ of ids) await second.execute(create());
    const ofFirst = await nodes.held(() => ids.map((id) => first.execute(edit(id, 'first', [1]))));
    const ofSecond = ids.toReversed().map((id) => outcomeOf(second.execute(edit(id, 'second', [1]))));
    await nodes.untilBlocked();
    nodes.letGo();
    expect(await Promise.all(ofFirst)).toEqual(ids.map(() => 'done'));
    expect(await Promise.all(ofSecond)).toEqual(ids.map(() => 'version-mismatch'));
    // What was locked before it was decided on is decided but once.
    expect(nodes.decided()).toBe(2 * ids.length);
    const rows = await first.store.reader.selectFrom('orders').select(['note', 'version']).execute();
    expect(rows).toEqual(ids.map(() => ({ note: 'first', version: 2 })));
    await expectSoundLog(first);
  });

  test('that give the same reference at once: one does, and the other is told which order has it', async () => {
    await using nodes = await twoNodes();
    const ofFirst = await nodes.held(() => [nodes.first.execute(create({ reference: 'A' }))]);
    const taken = nodes.second.execute(create({ reference: 'A' }));
    const others = [create(), create({ reference: 'B' })].map((command) => outcomeOf(nodes.second.execute(command)));
    void taken.catch(() => {});
    await nodes.untilBlocked();
    nodes.letGo();
    expect(await Promise.all([...ofFirst, ...others])).toEqual(['done', 'done', 'done']);
    await expect(taken).rejects.toMatchObject({ code: 'conflict', members: { orderId: 1 } });
    await expectSoundLog(nodes.first);
  });

  test('that get the same request at once do it once, and answer alike', async () => {
    await using nodes = await twoNodes();
    const once = {
      ...{ principal: 'ann', key: 'k', fingerprint: 'f' },
      renderResponse: (outcome: object) => ({ status: 201, headers: {}, body: JSON.stringify(outcome) }),
    };
    let one: Promise<unknown> | undefined;
    await nodes.held(() => {
      one = nodes.first.executeIdempotent(create(), once);
      return [one];
    });
    const other = nodes.second.executeIdempotent(create(), once);
    await nodes.untilBlocked();
    nodes.letGo();
    expect(await other).toEqual({ ...Object(await one), isReplay: true });
    expect(await nodes.first.store.reader.selectFrom('orders').select('id').execute()).toHaveLength(1);
  });

  test('that claim the same webhook at once: one gets it', async () => {
    await using nodes = await twoNodes();
    const { first, second } = nodes;
    const webhook = { url: 'https://shop.example/', types: null, description: null };
    await second.execute({ type: 'webhook.create', initiator, secret: 's', webhook });
    const claim = { type: 'webhook.claim', webhookId: 1, leaseMs: 60_000 } as const;
    let one: Promise<unknown> | undefined;
    await nodes.held(() => {
      one = first.execute(claim);
      return [one];
    });
    const other = second.execute(claim);
    await nodes.untilBlocked();
    nodes.letGo();
    expect(await one).toMatchObject({ fence: 1 });
    expect(await other).toBeUndefined();
  });

  test('give positions in the order of their commits: one waits while the other has given some', async () => {
    await using database = await createTemporaryDatabase();
    await using network = await startPostgresProxy(database.url);
    await using first = await openTestNode(network.url);
    await using second = await openTestNode(database.url);
    for (const _ of [1, 2]) await second.execute(create());
    const letGo = network.holdNextCommit();
    const early = first.execute(edit(1, 'early'));
    await untilWriting(second);
    const late = second.execute(edit(2, 'late'));
    await untilBlocked(second, 'advisory');
    letGo();
    await Promise.all([early, late]);
    const events = await second.store.reader.selectFrom('events').select('order_id').orderBy('position').execute();
    expect(events.map(({ order_id }) => order_id)).toEqual([1, 2, 1, 2]);
  });

  test('go on after the time-out where one stops in the midst of a commit', async () => {
    await using database = await createTemporaryDatabase();
    const gate = createGate();
    let isFrozen = false;
    const beforeCommit = async () => {
      if (isFrozen) await gate.wait();
    };
    await using frozen = await openTestNode(database.url, { beforeCommit, databaseTimeoutMs: 300 });
    await using node = await openTestNode(database.url, { databaseTimeoutMs: 2_000 });
    await node.execute(create());
    isFrozen = true;
    const late = outcomeOf(frozen.execute(edit(1, 'late', [1])));
    await gate.reached;
    expect(await outcomeOf(node.execute(edit(1, 'in time', [1])))).toBe('done');
    gate.open();
    expect(await late).toBe('version-mismatch');
    await expectSoundLog(node);
  });
});

test('nodes that do anything to the same few orders at once keep every history sound', async () => {
  await using database = await createTemporaryDatabase();
  await using stack = new AsyncDisposableStack();
  const nodes = await Promise.all([1, 2, 3].map(async () => stack.use(await openTestNode(database.url))));
  const terms = { policyVersion: 'p', maxAttempts: 2 };
  for (let id = 1; id <= 6; id += 1) await nodes[0]?.execute(create());
  const outcomes = nodes.flatMap((node, nodeIndex) =>
    Array.from({ length: 300 }, (_, index) => {
      const orderId = ((index * (nodeIndex + 5)) % 6) + 1;
      const commands: Command[] = [
        edit(orderId, `${nodeIndex}-${index}`),
        { type: 'order.validate', initiator, orderId, ...terms },
        create({ reference: `R${index % 20}` }),
      ];
      const command = commands[index % 29 === 0 ? 1 : index % 3 === 0 ? 2 : 0];
      return outcomeOf(command ? node.execute(command) : Promise.resolve());
    }),
  );
  const known = ['conflict', 'done', 'validation-in-progress'];
  expect([...new Set(await Promise.all(outcomes))].sort()).toEqual(known);
  const [node] = nodes;
  if (!node) throw new Error('there is no node');
  await expectSoundLog(node);
  const { reader } = node.store;
  const counters = await reader.selectFrom('counters').selectAll().where('name', '=', 'orders.CREATED').execute();
  const created = await reader.selectFrom('orders').select('id').execute();
  expect(counters).toEqual([{ name: 'orders.CREATED', value: created.length }]);
});

test('whoever reads the log page by page, while several nodes write, skips nothing', async () => {
  await using database = await createTemporaryDatabase();
  await using stack = new AsyncDisposableStack();
  const nodes = await Promise.all([1, 2, 3].map(async () => stack.use(await openTestNode(database.url))));
  await using store = await openTestStore(database.url);
  const seen: number[] = [];
  let isWriting = true;
  const reading = (async () => {
    for (;;) {
      const wasWriting = isWriting;
      const span = { after: seen.at(-1) ?? 0, upTo: Number.MAX_SAFE_INTEGER, limit: 50 };
      const events = await findEvents(store, {}, span);
      seen.push(...events.map(({ position }) => position));
      if (events.length === 0 && !wasWriting) return;
    }
  })();
  await Promise.all(
    nodes.map(async (node) => {
      for (let round = 0; round < 40; round += 1) await Promise.all([1, 2, 3].map(() => node.execute(create())));
    }),
  );
  isWriting = false;
  await reading;
  const all = await store.reader.selectFrom('events').select('position').orderBy('position').execute();
  expect(all).toHaveLength(360);
  expect(seen).toEqual(all.map(({ position }) => position));
});
