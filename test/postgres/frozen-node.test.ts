// A node that is stopped in the midst of its work, and goes on later as if nothing had been: others wait for it no
// longer than the time-outs, it tells nobody what is not true, and what was taken from it stays taken. The tests wait
// side by side.

import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { type Client, createClient, ProblemError } from '../../client/index.ts';
import { startTestApp, type TestApp } from '../kit/app.ts';
import { contractFetch } from '../kit/contract-fetch.ts';
import { createTemporaryDatabase } from '../kit/database.ts';
import { buildOrder } from '../kit/orders.ts';
import { startPostgresProxy } from '../kit/postgres-proxy.ts';
import { startServiceProcess } from '../kit/process.ts';
import { localTargets, startReceiver } from '../kit/receiver.ts';
import { waitUntil } from '../kit/wait-until.ts';

/** When a node stops: in the terms of what it says to the database then. */
const moments = {
  'with a row lock': 'for update',
  'with the lock of the log': 'insert into "events"',
  'when its commit is under way': 'commit\0',
} as const;

/** The time-out of the database, and what it takes until the next attempt after it. */
const heldUpMs = 10_000;

/** A node that can be stopped, and another on the same database as soon as it is asked for. */
async function startNodes() {
  await using opening = new AsyncDisposableStack();
  const database = opening.use(await createTemporaryDatabase());
  const network = opening.use(await startPostgresProxy(database.url));
  const environment = { WEBHOOKS_ALLOW_HTTP: 'on', WEBHOOKS_ALLOW_PRIVATE: 'on' };
  const freezing = opening.use(await startServiceProcess({ DATABASE_URL: network.url, ...environment }));
  const opened = opening.move();
  return {
    startOther: async () => opened.use(await startTestApp({ databaseUrl: database.url, ...localTargets })),
    /** A client of the node that can be stopped. */
    client: createClient({ baseUrl: freezing.url, fetch: contractFetch }),
    /** Stops it with the next statement that has this text; answers when it is. */
    freezeAt: (text: string) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      network.onNext(text, () => {
        freezing.sendSignal('SIGSTOP');
        resolve();
      });
      return promise;
    },
    freeze: () => freezing.sendSignal('SIGSTOP'),
    thaw: () => freezing.sendSignal('SIGCONT'),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

/** Asks until it is answered otherwise than that the service is unavailable; answers how often it was not. */
async function insist<Answer>(ask: () => Promise<Answer>): Promise<{ answer: Answer; refusals: number }> {
  let refusals = 0;
  const answer = await waitUntil(
    async () => {
      const outcome = await outcomeOf(ask());
      if (outcome === 'unavailable') refusals += 1;
      return outcome;
    },
    (outcome) => outcome !== 'unavailable',
    heldUpMs,
  );
  if (answer === 'unavailable') throw new Error('never');
  return { answer, refusals };
}

/** The answer, or that the service was unavailable. */
async function outcomeOf<Answer>(asked: Promise<Answer>): Promise<Answer | 'unavailable'> {
  return asked.catch((error: unknown) => {
    if (error instanceof ProblemError && error.code === 'unavailable') return 'unavailable';
    throw error;
  });
}

/** How often the history of an order tells this note. */
async function timesTold(client: Client, orderId: number, note: string): Promise<number> {
  const { data } = await client.orders.events({ orderId, limit: 100 });
  expect(data.map(({ sequence }) => sequence)).toEqual(data.map((_, index) => index + 1));
  return data.filter(({ type, data: told }) => type === 'order.updated' && told.changes.note?.to === note).length;
}

test.concurrent.each(['with a row lock', 'with the lock of the log'] as const)(
  'a node that is stopped %s keeps others waiting for no longer than the time-out, and does not say "done"',
  { timeout: 60_000 },
  async (moment) => {
    await using nodes = await startNodes();
    const { client } = nodes;
    const other = await nodes.startOther();
    for (const _ of [1, 2]) await client.orders.create(buildOrder());
    const frozen = nodes.freezeAt(moments[moment]);
    const own = outcomeOf(client.orders.edit({ orderId: 1, note: 'stopped' }));
    await frozen;
    expect(await other.client.orders.get({ orderId: 1 })).toMatchObject({ version: 1, note: null });
    // The lock of a row is in the way of nobody who wants another one.
    if (moment === 'with a row lock') await other.client.orders.edit({ orderId: 2, note: 'at once' });
    const { answer } = await insist(() => other.client.orders.edit({ orderId: 1, note: 'other' }));
    expect(answer).toMatchObject({ version: 2, note: 'other' });
    nodes.thaw();
    const late = await own;
    // What it decides anew, it decides on what the other has left.
    if (late !== 'unavailable') expect(late).toMatchObject({ version: 3, note: 'stopped' });
    expect(await timesTold(other.client, 1, 'stopped')).toBe(late === 'unavailable' ? 0 : 1);
    const { answer: again } = await insist(() => client.orders.edit({ orderId: 1, note: 'again' }));
    expect(again).toEqual(await other.client.orders.get({ orderId: 1 }));
  },
);

test.concurrent('requests that come to a stopped node and, once more, to another are done once', {
  timeout: 60_000,
}, async () => {
  await using nodes = await startNodes();
  const { client } = nodes;
  const other = await nodes.startOther();
  const keys = Array.from({ length: 10 }, (_, index) => `key-${index}`);
  const create = ({ orders }: Client, key: string) => orders.create(buildOrder({ note: key }), { idempotencyKey: key });
  await client.orders.create(buildOrder({ note: 'first' }));
  const frozen = nodes.freezeAt(moments['with the lock of the log']);
  const own = keys.map((key) => outcomeOf(create(client, key)));
  await frozen;
  const answers = await Promise.all(keys.map((key) => insist(() => create(other.client, key))));
  nodes.thaw();
  const late = await Promise.all(own);
  for (const [index, { answer }] of answers.entries()) {
    expect([answer, 'unavailable']).toContainEqual(late[index]);
    expect((await insist(() => create(client, keys[index] ?? ''))).answer).toEqual(answer);
  }
  const { data } = await other.client.orders.list({ limit: 100 });
  expect(data.map(({ note }) => note).sort()).toEqual(['first', ...keys]);
});

/** For how long the node has said nothing after its last commit, in seconds. */
async function silenceOf({ service }: TestApp): Promise<number> {
  const { rows } = await sql<{ seconds: number | null }>`select
    extract(epoch from clock_timestamp() - max(marked_at))::float8 as seconds from commit_marks
    where mark > 0`.execute(service.store.reader);
  return rows[0]?.seconds ?? 0;
}

test.concurrent('a node that is stopped when its commit is under way finds out, however late, that it is done', {
  timeout: 60_000,
}, async () => {
  await using nodes = await startNodes();
  const { client } = nodes;
  const other = await nodes.startOther();
  await client.orders.create(buildOrder());
  const frozen = nodes.freezeAt(moments['when its commit is under way']);
  const own = client.orders.edit({ orderId: 1, note: 'stopped' });
  await frozen;
  const done = await waitUntil(
    () => other.client.orders.get({ orderId: 1 }),
    ({ version }) => version === 2,
  );
  // Longer than it waits for an answer: it gives the connection up before it looks what has come.
  await waitUntil(
    () => silenceOf(other),
    (seconds) => seconds > 11,
  );
  nodes.thaw();
  expect(await own).toEqual(done);
  expect(await timesTold(other.client, 1, 'stopped')).toBe(1);
});

test.concurrent('a node that is stopped while it sends to a webhook loses it to another, and moves nothing back', {
  timeout: 60_000,
}, async () => {
  const answers: (() => void)[] = [];
  await using receiver = await startReceiver((_, response) => {
    answers.push(() => response.writeHead(204).end());
    return undefined;
  });
  await using nodes = await startNodes();
  const { client } = nodes;
  const { id: webhookId } = await client.webhooks.create({ url: receiver.url });
  await client.orders.create(buildOrder());
  await receiver.waitUntilReceived(1);
  nodes.freeze();
  const other = await nodes.startOther();
  for (let count = 0; count < 60; count += 1) await insist(() => other.client.orders.create(buildOrder()));
  receiver.respondWith(204);
  // The answer waits for the node until it goes on.
  for (const answer of answers) answer();
  const isAt = (position: number) =>
    waitUntil(
      () => other.client.webhooks.get({ webhookId }),
      (webhook) => webhook.position === position,
      30_000,
    );
  await isAt(61);
  const before = receiver.received.length;
  nodes.thaw();
  await insist(() => client.orders.create(buildOrder()));
  expect(await isAt(62)).toMatchObject({ state: 'active', failure: null });
  expect(receiver.events.map(({ position }) => position)).toEqual(Array.from({ length: 62 }, (_, index) => index + 1));
  // What it sent when it was stopped has come once more, from the other; then nothing does.
  expect(receiver.received).toHaveLength(before + 1);
});
