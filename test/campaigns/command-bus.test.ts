// The door: any grouping of commands gives what one by one would give, a command that cannot be written harms no other,
// and nothing is answered before its commit.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { NewOrder } from '../../contract/order.ts';
import { CommandBus, type CommandBusOptions } from '../../server/commands/command-bus.ts';
import { decide, readSetFor } from '../../server/commands/command-registry.ts';
import type { CommandOutcome } from '../../server/commands/idempotency.ts';
import type { ResponseData } from '../../server/database/mapping/stored-response.ts';
import type { Store } from '../../server/database/store.ts';
import type { Command } from '../../server/domain/commands.ts';
import { RequestProblem } from '../../server/domain/problem.ts';
import { chooseRounds, createTemporaryDatabase } from '../kit/database.ts';
import { findOpenJobIds, openTestQueue, openTestStore } from '../kit/store.ts';

const runs = chooseRounds(process.env.COMMAND_BUS_RUNS, { sqlite: 40, postgres: 10 });

const initiator = { actor: { type: 'user', id: 'ann' }, requestId: null, address: null } as const;
const terms = { policyVersion: 'p', maxAttempts: 2 };

function newOrder(reference: string | null): NewOrder {
  const items = [{ productId: 'tea', quantity: 1, unitPrice: 5 }];
  return { reference, customerId: 'c', currency: 'EUR', items, note: null, metadata: {} };
}

const reference = fc.constantFrom(null, 'A', 'B', 'C');
const orderId = fc.integer({ min: 1, max: 4 });
const runId = fc.integer({ min: 1, max: 3 });
const fence = fc.integer({ min: 0, max: 3 });
const runResult = fc.constantFrom(
  { state: 'passed' } as const,
  { state: 'failed', findings: [{ rule: 'r', message: 'm' }] } as const,
  { state: 'dead', error: 'e' } as const,
  { state: 'interrupted', error: 'e' } as const,
);

const webhookId = fc.integer({ min: 1, max: 2 });
const position = fc.integer({ min: 1, max: 6 });
const target = fc.constantFrom('https://a.example/', 'https://b.example/');
const eventType = fc.constantFrom('order.created', 'order.rejected');
const types = fc.option(fc.subarray(['order.created', 'order.rejected'], { minLength: 1 }));
const webhook = fc.record({ url: target, types, description: fc.constant(null) });

/** What came of an attempt, on the next event or on a delivery out of turn. */
const attemptRecord = fc.record({
  sent: fc.oneof(
    fc.record({ kind: fc.constant('event'), eventId: fc.constant('e'), eventType, position }),
    fc.record({ kind: fc.constant('requested'), deliveryId: fc.integer({ min: 1, max: 4 }) }),
  ),
  attempt: fc.constant({ at: '2026-01-01T00:00:00.000Z', durationMs: 1, statusCode: 200, error: null }),
  verdict: fc.constantFrom(
    ...[{ kind: 'delivered' }, { kind: 'gone' }],
    ...[
      { kind: 'failed', nextAttemptAtMs: undefined },
      { kind: 'failed', nextAttemptAtMs: 1_800_000_000_000 },
    ],
  ),
});

/** Any command about webhooks. */
const anyWebhookCommand = fc.oneof(
  fc.record({
    type: fc.constant('webhook.create'),
    initiator: fc.constant(initiator),
    secret: fc.constant('s'),
    webhook,
  }),
  fc.record({
    type: fc.constant('webhook.edit'),
    webhookId,
    edit: fc.record({ url: target, types }, { requiredKeys: [] }),
  }),
  fc.record({ type: fc.constantFrom('webhook.delete', 'webhook.pause', 'webhook.resume'), webhookId }),
  fc.record({ type: fc.constant('webhook.skip'), webhookId, through: fc.option(position, { nil: undefined }) }),
  fc.record({ type: fc.constant('webhook.rotate-secret'), webhookId, secret: fc.constantFrom('t', 'u') }),
  fc.record({ type: fc.constant('webhook.test'), webhookId, eventId: fc.constant('t') }),
  fc.record({ type: fc.constant('webhook.redeliver'), webhookId, deliveryId: fc.integer({ min: 1, max: 4 }) }),
  fc.record({ type: fc.constantFrom('webhook.claim', 'webhook.renew'), webhookId, fence, leaseMs: fc.constant(100) }),
  fc.record({
    type: fc.constant('webhook.record'),
    webhookId,
    fence,
    attempts: fc.array(attemptRecord, { maxLength: 3 }),
  }),
  fc.record({ type: fc.constant('webhook.release'), webhookId, fence }),
) as fc.Arbitrary<Command>;

/** Any command, on few orders, runs and webhooks, so that they meet. */
const anyCommand: fc.Arbitrary<Command> = fc.oneof(
  { arbitrary: anyWebhookCommand, weight: 8 },
  reference.map((name) => ({ type: 'order.create', initiator, order: newOrder(name) }) as const),
  orderId.map((id) => ({ type: 'order.reject', initiator, orderId: id, reason: null, expected: [1, 3] }) as const),
  fc
    .record({ orderId, edit: fc.record({ reference, note: fc.constantFrom('x', null) }, { requiredKeys: [] }) })
    .map((input) => ({ type: 'order.edit', initiator, ...input }) as Command),
  orderId.map((id) => ({ type: 'order.validate', initiator, orderId: id, ...terms }) as const),
  runId.map((id) => ({ type: 'order.retry', initiator, validationId: id, ...terms }) as const),
  orderId.map(
    (id) => ({ type: 'order.approve', initiator, orderId: id, note: null, hasSeparationOfDuties: false }) as const,
  ),
  orderId.map((id) => ({ type: 'order.reject', initiator, orderId: id, reason: 'r' }) as const),
  fc
    .record({ runId, fence })
    .map((input) => ({ type: 'run.claim', ...input, leaseMs: 100, policyVersion: 'q' }) as const),
  fc
    .record({ runId, fence, result: runResult })
    .map((input) => ({ type: 'run.settle', ...input, retryDelayMs: 10 }) as Command),
  fc
    .record({ runId, fence, countsAsAttempt: fc.boolean() })
    .map((input) => ({ type: 'run.release', ...input }) as Command),
  fc.record({ runId, fence }).map((input) => ({ type: 'run.requeue', ...input }) as const),
);

/** Some commands come from requests that may be sent again, under few keys, so that they meet. */
const anyRequest = fc.record({
  command: anyCommand,
  once: fc.option(fc.record({ key: fc.constantFrom('k', 'l'), fingerprint: fc.constantFrom('f', 'g') })),
});

/** Keeps what succeeds, and what is not there. The members of a state come in any order. */
const renderResponse = (outcome: CommandOutcome): ResponseData | undefined => {
  if ('result' in outcome) {
    return { status: 200, headers: {}, body: JSON.stringify(Object.entries(Object(outcome.result)).sort()) };
  }
  const isKept = outcome.error instanceof RequestProblem && outcome.error.code === 'not-found';
  return isKept ? { status: 404, headers: {}, body: '' } : undefined;
};

type KeyedRequest = { command: Command; once: { key: string; fingerprint: string } | null };

type BusUnderTest = {
  execute(command: Command): Promise<unknown>;
  request(request: KeyedRequest): Promise<unknown>;
  commits: () => number;
};

/** A door on a new database, with a clock and ids of its own. */
async function withBus<Result>(
  work: (bus: BusUnderTest, store: Store) => Promise<Result>,
  decideHere: CommandBusOptions['decide'] = decide,
  now = () => Date.parse('2026-01-01T00:00:00.000Z'),
): Promise<Result> {
  await using database = await createTemporaryDatabase();
  await using store = await openTestStore(database.url);
  await using queue = await openTestQueue(store, database.url);
  let commits = 0;
  let events = 0;
  await using bus = new CommandBus({
    store,
    readSetFor,
    decide: decideHere,
    writeJobs: queue.write,
    onCommit: () => {
      commits += 1;
    },
    generateEventId: () => {
      events += 1;
      return String(events);
    },
    now,
  });
  const execute = (command: Command) => bus.execute(command);
  const request = ({ command, once }: KeyedRequest): Promise<unknown> =>
    once ? bus.executeIdempotent(command, { principal: 'ann', ...once, renderResponse }) : bus.execute(command);
  return await work({ execute, request, commits: () => commits }, store);
}

/** How a command ended, as data. */
async function outcomeOf(execute: Promise<unknown>): Promise<unknown> {
  return execute.then(
    (answer) => ({ answer }),
    (reason: Error) => ({ refused: reason instanceof RequestProblem ? reason.code : 'fault', detail: reason.message }),
  );
}

/** PostgreSQL gives rows in the order in which they were last written, unless it is asked for one. */
async function tablesOf({ reader }: Store): Promise<unknown> {
  const tables = [
    ...(['orders', 'validation_runs', 'events', 'idempotency_keys'] as const),
    ...(['webhooks', 'webhook_deliveries'] as const),
  ];
  const rows = tables.map((table) => reader.selectFrom(table).selectAll().orderBy('id').execute());
  const counters = reader.selectFrom('counters').selectAll().orderBy('name').execute();
  return Promise.all([...rows, counters]);
}

describe('the door', () => {
  test('gives the same answers and rows in groups as one by one', { timeout: 60_000 + runs * 1_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyRequest, { minLength: 1, maxLength: 60 }), async (requests) => {
        const alone = await withBus(async (bus, store) => {
          const outcomes = [];
          for (const request of requests) outcomes.push(await outcomeOf(bus.request(request)));
          return { outcomes, tables: await tablesOf(store), jobs: await findOpenJobIds(store) };
        });
        const grouped = await withBus(async (bus, store) => {
          const outcomes = await Promise.all(requests.map((request) => outcomeOf(bus.request(request))));
          return { outcomes, tables: await tablesOf(store), jobs: await findOpenJobIds(store) };
        });
        expect(grouped).toEqual(alone);
      }),
      { numRuns: runs },
    );
  });

  test('keeps the job of a run that is begun and claimed in one group', async () => {
    await withBus(async (bus, store) => {
      await Promise.all([
        bus.execute({ type: 'order.create', initiator, order: newOrder(null) }),
        bus.execute({ type: 'order.validate', initiator, orderId: 1, ...terms }),
        bus.execute({ type: 'run.claim', runId: 1, fence: 0, leaseMs: 100, policyVersion: 'q' }),
      ]);
      expect(await findOpenJobIds(store)).toEqual([1]);
    });
  });

  test('keeps the answer that is renewed under a key while old ones are forgotten', async () => {
    let now = Date.parse('2026-01-01T00:00:00.000Z');
    await withBus(
      async (bus, store) => {
        const create = { type: 'order.create', initiator, order: newOrder(null) } as const;
        const request = { command: create, once: { key: 'k', fingerprint: 'f' } };
        await bus.request(request);
        now += 25 * 3_600_000;
        const [renewed] = await Promise.all([bus.request(request), bus.execute({ type: 'idempotency-keys.purge' })]);
        expect(await bus.request(request)).toEqual({ ...Object(renewed), isReplay: true });
        expect(await store.reader.selectFrom('orders').select('id').execute()).toHaveLength(2);
      },
      decide,
      () => now,
    );
  });

  test('commits what arrives together in few commits', async () => {
    await withBus(async (bus) => {
      const commands = Array.from(
        { length: 128 },
        () => ({ type: 'order.create', initiator, order: newOrder(null) }) as const,
      );
      await Promise.all(commands.map(bus.execute));
      expect(bus.commits()).toBe(3);
    });
  });

  test('has committed what it answers', async () => {
    await withBus(async (bus, store) => {
      const create = { type: 'order.create', initiator, order: newOrder(null) } as const;
      const seen = Array.from({ length: 20 }, async () => {
        const { id } = (await bus.execute(create)) as { id: number };
        return store.reader.selectFrom('orders').select('id').where('id', '=', id).executeTakeFirst();
      });
      for (const row of await Promise.all(seen)) expect(row).toBeDefined();
    });
  });

  test('finds the one command of a group that cannot be written, and commits all others', async () => {
    const guilty = 13;
    const spoiled: CommandBusOptions['decide'] = (state, command) => {
      const decision = decide(state, command);
      const isGuilty = command.type === 'order.create' && command.order.customerId === `c${guilty}`;
      if (!isGuilty) return decision;
      return { ...decision, events: (decision.events ?? []).map((event) => ({ ...event, orderId: 1_000 })) };
    };
    await withBus(async (bus, store) => {
      const commits = Array.from({ length: 40 }, (_, index) =>
        outcomeOf(
          bus.execute({ type: 'order.create', initiator, order: { ...newOrder(null), customerId: `c${index}` } }),
        ),
      );
      const outcomes = await Promise.all(commits);
      expect(outcomes.flatMap((outcome, index) => ('refused' in Object(outcome) ? [index] : []))).toEqual([guilty]);
      expect(outcomes[guilty]).toMatchObject({ refused: 'fault' });
      expect(await store.reader.selectFrom('orders').select('id').execute()).toHaveLength(39);
    }, spoiled);
  });

  test('lets a command that a bug throws in fail alone', async () => {
    const buggy: CommandBusOptions['decide'] = (state, command) => {
      if (command.type === 'order.approve') throw new Error('a bug');
      return decide(state, command);
    };
    await withBus(async (bus) => {
      const create = outcomeOf(bus.execute({ type: 'order.create', initiator, order: newOrder(null) }));
      const approve = outcomeOf(
        bus.execute({ type: 'order.approve', initiator, orderId: 1, note: null, hasSeparationOfDuties: false }),
      );
      expect(await create).toMatchObject({ answer: { id: 1 } });
      expect(await approve).toEqual({ refused: 'fault', detail: 'a bug' });
    }, buggy);
  });
});
