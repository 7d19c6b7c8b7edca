// The command bus: property tests compare groups of random commands with their execution one by one; further tests
// cover commands that fail within a group. COMMAND_BUS_RUNS sets the number of random groups.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CommandBus, type CommandBusOptions } from '../../server/commands/command-bus.ts';
import { decide, readSetFor } from '../../server/commands/command-registry.ts';
import type { CommandOutcome } from '../../server/commands/idempotency.ts';
import type { ResponseData } from '../../server/database/mapping/stored-response.ts';
import type { Store } from '../../server/database/store.ts';
import type { Command } from '../../server/domain/commands.ts';
import type { EventDraft } from '../../server/domain/event.ts';
import { RequestProblem } from '../../server/domain/problem.ts';
import { buildCreateCommand, runSettings, testInitiator } from '../kit/database/commands.ts';
import { chooseRounds, createTemporaryDatabase } from '../kit/database/database.ts';
import { findOpenJobIds, openTestQueue, openTestStore } from '../kit/database/store.ts';
import { buildLargeOrder } from '../kit/http/orders.ts';

const runs = chooseRounds(process.env.COMMAND_BUS_RUNS, { sqlite: 40, postgres: 10 });

const reference = fc.constantFrom(null, 'A', 'B', 'C');
const orderId = fc.integer({ min: 1, max: 4 });
const runId = fc.integer({ min: 1, max: 3 });
const fence = fc.integer({ min: 0, max: 3 });
const runResult = fc.constantFrom(
  { state: 'passed' } as const,
  { state: 'failed', findings: [{ rule: 'r', message: 'm' }] } as const,
  { state: 'dead', rule: 'r', error: 'e' } as const,
  { state: 'interrupted', error: 'e' } as const,
);

const webhookId = fc.integer({ min: 1, max: 2 });
const position = fc.integer({ min: 1, max: 6 });
const target = fc.constantFrom('https://a.example/', 'https://b.example/');
const eventType = fc.constantFrom('order.created', 'order.rejected');
const types = fc.option(fc.subarray(['order.created', 'order.rejected'], { minLength: 1 }));
const webhook = fc.record({ url: target, types, description: fc.constant(null) });

/** The record of an attempt, for the next event or for a requested delivery. */
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

/** A random command of a webhook. */
const anyWebhookCommand = fc.oneof(
  fc.record({
    type: fc.constant('webhook.create'),
    initiator: fc.constant(testInitiator),
    secret: fc.constant('s'),
    webhook,
  }),
  fc.record({
    type: fc.constant('webhook.edit'),
    webhookId,
    initiator: fc.constant(testInitiator),
    edit: fc.record({ url: target, types }, { requiredKeys: [] }),
  }),
  fc.record({
    type: fc.constantFrom('webhook.delete', 'webhook.pause', 'webhook.resume'),
    webhookId,
    initiator: fc.constant(testInitiator),
  }),
  fc.record({
    type: fc.constant('webhook.skip'),
    webhookId,
    initiator: fc.constant(testInitiator),
    through: fc.option(position, { nil: undefined }),
  }),
  fc.record({
    type: fc.constant('webhook.rotate-secret'),
    webhookId,
    initiator: fc.constant(testInitiator),
    secret: fc.constantFrom('t', 'u'),
  }),
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

/** A random command. There are few orders, runs and webhooks, so that commands of a group share them. */
const anyCommand: fc.Arbitrary<Command> = fc.oneof(
  { arbitrary: anyWebhookCommand, weight: 8 },
  fc.record({ reference, validation: fc.constantFrom(undefined, runSettings) }).map(({ validation, ...fields }) => {
    return { ...buildCreateCommand(fields), validation };
  }),
  orderId.map(
    (id) => ({ type: 'order.reject', initiator: testInitiator, orderId: id, reason: null, expected: [1, 3] }) as const,
  ),
  fc
    .record({ orderId, edit: fc.record({ reference, note: fc.constantFrom('x', null) }, { requiredKeys: [] }) })
    .map((input) => ({ type: 'order.edit', initiator: testInitiator, ...input }) as Command),
  orderId.map((id) => ({ type: 'order.validate', initiator: testInitiator, orderId: id, ...runSettings }) as const),
  runId.map((id) => ({ type: 'order.retry', initiator: testInitiator, validationId: id, ...runSettings }) as const),
  orderId.map(
    (id) =>
      ({
        type: 'order.approve',
        initiator: testInitiator,
        orderId: id,
        note: null,
        hasSeparationOfDuties: false,
      }) as const,
  ),
  orderId.map((id) => ({ type: 'order.reject', initiator: testInitiator, orderId: id, reason: 'r' }) as const),
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

/** Some commands have an idempotency key. There are few keys, so that commands of a group share them. */
const anyRequest = fc.record({
  command: anyCommand,
  idempotency: fc.option(fc.record({ key: fc.constantFrom('k', 'l'), fingerprint: fc.constantFrom('f', 'g') })),
});

/** Stores results and `not-found` problems. Members are sorted, because their order in a state is undefined. */
const renderResponse = (outcome: CommandOutcome): ResponseData | undefined => {
  if ('result' in outcome) {
    return { status: 200, headers: {}, body: JSON.stringify(Object.entries(Object(outcome.result)).sort()) };
  }
  const isStored = outcome.error instanceof RequestProblem && outcome.error.code === 'not-found';
  return isStored ? { status: 404, headers: {}, body: '' } : undefined;
};

type KeyedRequest = { command: Command; idempotency: { key: string; fingerprint: string } | null };

type BusUnderTest = {
  execute(command: Command): Promise<unknown>;
  request(request: KeyedRequest): Promise<unknown>;
  commits: () => number;
};

/** Runs `work` with a command bus on a new database, with a fixed clock and sequential event ids. */
async function withBus<Result>(
  work: (bus: BusUnderTest, store: Store) => Promise<Result>,
  decideCommand: CommandBusOptions['decide'] = decide,
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
    decide: decideCommand,
    getAttemptCapacity: () => ({ free: 1_000, leaseMs: 15_000 }),
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
  const request = ({ command, idempotency }: KeyedRequest): Promise<unknown> =>
    idempotency
      ? bus.executeIdempotent(command, { principal: 'ann', ...idempotency, renderResponse })
      : bus.execute(command);
  return await work({ execute, request, commits: () => commits }, store);
}

/** Returns the result of a command, or its problem code and message. The code of other errors is `bug`. */
async function toOutcome(execution: Promise<unknown>): Promise<unknown> {
  return execution.then(
    (result) => ({ result }),
    (reason: Error) => ({ code: reason instanceof RequestProblem ? reason.code : 'bug', message: reason.message }),
  );
}

/** Reads all rows, sorted: the order of unsorted rows on PostgreSQL depends on when they were last written. */
async function readTables({ reader }: Store): Promise<unknown> {
  const tables = [
    ...(['orders', 'validation_runs', 'events', 'idempotency_keys'] as const),
    ...(['webhooks', 'webhook_deliveries'] as const),
  ];
  const rows = tables.map((table) => reader.selectFrom(table).selectAll().orderBy('id').execute());
  const counters = reader.selectFrom('counters').selectAll().orderBy('name').execute();
  return Promise.all([...rows, counters]);
}

describe('the command bus', () => {
  test('commands have the same results and rows in groups as one by one', {
    timeout: 60_000 + runs * 1_000,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyRequest, { minLength: 1, maxLength: 60 }), async (requests) => {
        const readAll = async (outcomes: unknown[], store: Store) => {
          return { outcomes, tables: await readTables(store), jobs: await findOpenJobIds(store) };
        };
        const [individual, grouped] = await Promise.all([
          withBus(async (bus, store) => {
            const outcomes = [];
            for (const request of requests) outcomes.push(await toOutcome(bus.request(request)));
            return readAll(outcomes, store);
          }),
          withBus(async (bus, store) => {
            return readAll(await Promise.all(requests.map((request) => toOutcome(bus.request(request)))), store);
          }),
        ]);
        expect(grouped).toEqual(individual);
      }),
      { numRuns: runs },
    );
  });

  test('a run that is started and claimed in one group keeps its job', async () => {
    await withBus(async (bus, store) => {
      await Promise.all([
        bus.execute(buildCreateCommand()),
        bus.execute({ type: 'order.validate', initiator: testInitiator, orderId: 1, ...runSettings }),
        bus.execute({ type: 'run.claim', runId: 1, fence: 0, leaseMs: 100, policyVersion: 'q' }),
      ]);
      expect(await findOpenJobIds(store)).toEqual([1]);
    });
  });

  test('a response that is stored again in the group that purges expired keys is kept', async () => {
    let now = Date.parse('2026-01-01T00:00:00.000Z');
    await withBus(
      async (bus, store) => {
        const create = buildCreateCommand();
        const request = { command: create, idempotency: { key: 'k', fingerprint: 'f' } };
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

  test('128 commands that arrive together are committed in three groups', async () => {
    await withBus(async (bus) => {
      const commands = Array.from({ length: 128 }, () => buildCreateCommand());
      await Promise.all(commands.map(bus.execute));
      expect(bus.commits()).toBe(3);
    });
  });

  test('large commands form small groups', async () => {
    await withBus(async (bus) => {
      const metadata = buildLargeOrder().metadata ?? {};
      const commands = Array.from({ length: 64 }, () => buildCreateCommand({ metadata, note: 'x'.repeat(2_000) }));
      await Promise.all(commands.map(bus.execute));
      // The first one is committed alone; then about 20 have as many characters as a group may have.
      expect(bus.commits()).toBeGreaterThan(3);
      expect(bus.commits()).toBeLessThan(10);
    });
  });

  test('a command returns only after its commit', async () => {
    await withBus(async (bus, store) => {
      const create = buildCreateCommand();
      const reads = Array.from({ length: 20 }, async () => {
        const { id } = (await bus.execute(create)) as { id: number };
        return store.reader.selectFrom('orders').select('id').where('id', '=', id).executeTakeFirst();
      });
      for (const row of await Promise.all(reads)) expect(row).toBeDefined();
    });
  });

  test('a command that cannot be written fails alone, and the other commands of its group are committed', async () => {
    const failingIndex = 13;
    const decideWithFailure: CommandBusOptions['decide'] = (state, command) => {
      const decision = decide(state, command);
      const isFailing = command.type === 'order.create' && command.order.customerId === `c${failingIndex}`;
      if (!isFailing) return decision;
      return {
        ...decision,
        events: (decision.events ?? []).map((event) => ({ ...event, orderId: 1_000 }) as EventDraft),
      };
    };
    await withBus(async (bus, store) => {
      const commits = Array.from({ length: 40 }, (_, index) =>
        toOutcome(bus.execute({ ...buildCreateCommand({ customerId: `c${index}` }), validation: runSettings })),
      );
      const outcomes = await Promise.all(commits);
      expect(outcomes.flatMap((outcome, index) => ('code' in Object(outcome) ? [index] : []))).toEqual([failingIndex]);
      expect(outcomes[failingIndex]).toMatchObject({ code: 'bug' });
      expect(await store.reader.selectFrom('orders').select('id').execute()).toHaveLength(39);
      expect(await store.reader.selectFrom('validation_runs').select('id').execute()).toHaveLength(39);
      expect(await findOpenJobIds(store)).toHaveLength(39);
    }, decideWithFailure);
  });

  test('a command whose decision throws fails alone', async () => {
    const decideWithBug: CommandBusOptions['decide'] = (state, command) => {
      if (command.type === 'order.approve') throw new Error('a bug');
      return decide(state, command);
    };
    await withBus(async (bus) => {
      const create = toOutcome(bus.execute(buildCreateCommand()));
      const approve = toOutcome(
        bus.execute({
          type: 'order.approve',
          initiator: testInitiator,
          orderId: 1,
          note: null,
          hasSeparationOfDuties: false,
        }),
      );
      expect(await create).toMatchObject({ result: { id: 1 } });
      expect(await approve).toEqual({ code: 'bug', message: 'a bug' });
    }, decideWithBug);
  });
});
