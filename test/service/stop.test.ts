// A stop under load: what was accepted is answered, what was answered is kept, and the process ends with 0.

import { Agent, type IncomingMessage, request } from 'node:http';
import { describe, expect, test } from 'vitest';
import { createClient } from '../../client/index.ts';
import { startTestApp } from '../kit/app.ts';
import { createTemporaryDatabase } from '../kit/database.ts';
import { startHangingApp } from '../kit/hanging-app.ts';
import { hangingPolicy, manyItems } from '../kit/hanging-policy.ts';
import { buildOrder } from '../kit/orders.ts';
import { startServiceProcess } from '../kit/process.ts';
import { waitUntil } from '../kit/wait-until.ts';

const connections = 32;

describe('SIGTERM under load', () => {
  test('answers every request that was accepted, ends with 0 within 10 s, and has kept what it answered', async () => {
    await using database = await createTemporaryDatabase();
    const environment = { DATABASE_URL: database.url, LOG_LEVEL: 'info' };
    await using service = await startServiceProcess(environment);
    const created: number[][] = Array.from({ length: connections }, () => []);
    const clients = created.map((ids) => createUntilToldToClose(service.url, ids));
    await waitUntil(
      () => created.map((ids) => ids.length),
      (counts) => Math.min(...counts) >= 3,
    );
    const begun = performance.now();
    const ending = service.stop('SIGTERM');
    await Promise.all(clients);
    expect(await ending).toEqual({ code: 0, signal: null });
    expect(performance.now() - begun).toBeLessThan(10_000);

    await using again = await startServiceProcess(environment);
    const client = createClient({ baseUrl: again.url });
    expect((await client.orders.list({ withTotal: true })).page.total).toBe(created.flat().length);
    for (const orderId of created.flat()) expect(await client.orders.get({ orderId })).toMatchObject({ version: 1 });
  });
});

/** Creates orders on one connection until an answer says that it closes. Any error fails the test. */
async function createUntilToldToClose(url: string, created: number[]): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  for (;;) {
    const response = await post(agent, `${url}/orders`);
    let text = '';
    for await (const chunk of response) text += chunk;
    expect(response.statusCode).toBe(201);
    created.push(JSON.parse(text).id);
    if (response.headers.connection === 'close') return;
  }
}

function post(agent: Agent, url: string): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  request(url, { agent, method: 'POST', headers: { 'content-type': 'application/json' } }, resolve)
    .on('error', reject)
    .end(JSON.stringify(buildOrder()));
  return promise;
}

describe('a stop', () => {
  test('says so first: readiness is 503 for the time that the configuration gives, and requests are served', async () => {
    const app = await startTestApp({ shutdownDelayMs: 300 });
    await app.client.health.ready();
    const stopped = app[Symbol.asyncDispose]();
    const readiness = await app.request('/health/ready');
    expect(readiness.status).toBe(503);
    expect(await readiness.json()).toMatchObject({ status: 'not-ready', checks: { database: 'ok' } });
    expect(await app.client.orders.create(buildOrder())).toMatchObject({ id: 1 });
    await stopped;
    await expect(fetch(`${app.url}/health`)).rejects.toThrow();
  });

  test('does not wait for orders that are only tried', async () => {
    const app = await startTestApp({ policy: hangingPolicy, validationTimeoutMs: 600_000 });
    const detailOf = async (check: Promise<Response>) => (await (await check).json()).detail;
    const details = Array.from({ length: 6 }, () =>
      detailOf(app.send('POST', '/policy/check', buildOrder({ items: manyItems }))),
    );
    // The one that finds the line full shows that the others have come.
    expect(await Promise.race(details)).toBe('Too many orders are waiting for validation.');
    await app[Symbol.asyncDispose]();
    expect((await Promise.all(details)).filter((detail) => detail === 'The service is stopping.')).toHaveLength(5);
  });

  test('gives a validation that is not finished back, which does not count as an attempt', async () => {
    await using database = await createTemporaryDatabase();
    const databaseUrl = database.url;
    {
      await using app = await startHangingApp({ databaseUrl });
      await waitUntil(
        () => app.client.validations.get({ validationId: 1 }),
        ({ state }) => state === 'running',
      );
    }
    await using app = await startTestApp({ databaseUrl });
    const validation = await waitUntil(
      () => app.client.validations.get({ validationId: 1 }),
      ({ state }) => state === 'passed',
    );
    expect(validation).toMatchObject({ attempt: 1 });
  });
});
