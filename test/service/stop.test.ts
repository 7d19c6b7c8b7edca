// The graceful stop: open requests are completed, readiness is withdrawn first, and validations are released.

import { Agent, type IncomingMessage, request } from 'node:http';
import { describe, expect, test } from 'vitest';
import { createClient } from '../../client/index.ts';
import { createTemporaryDatabase } from '../kit/database/database.ts';
import { buildOrder, waitUntilRunning } from '../kit/http/orders.ts';
import { startTestApp } from '../kit/service/app.ts';
import { startHangingApp } from '../kit/service/hanging-app.ts';
import { hangingPolicy, manyItems } from '../kit/service/hanging-policy.ts';
import { startServiceProcess } from '../kit/service/process.ts';
import { waitUntil } from '../kit/wait-until.ts';

const connections = 32;

describe('SIGTERM under load', () => {
  test('after SIGTERM under load all requests are completed, no order is lost, and the exit code is 0 within 10 s', async () => {
    await using database = await createTemporaryDatabase();
    const environment = { DATABASE_URL: database.url, LOG_LEVEL: 'info' };
    await using service = await startServiceProcess(environment);
    const created: number[][] = Array.from({ length: connections }, () => []);
    const clients = created.map((ids) => createUntilClosed(service.url, ids));
    await waitUntil(
      () => created.map((ids) => ids.length),
      (counts) => Math.min(...counts) >= 3,
    );
    const startMs = performance.now();
    const exit = service.stop('SIGTERM');
    await Promise.all(clients);
    expect(await exit).toEqual({ code: 0, signal: null });
    expect(performance.now() - startMs).toBeLessThan(10_000);

    await using restarted = await startServiceProcess(environment);
    const client = createClient({ baseUrl: restarted.url, maxRetries: 0 });
    expect((await client.orders.list({ withTotal: true })).page.total).toBe(created.flat().length);
    for (const orderId of created.flat()) expect(await client.orders.get({ orderId })).toMatchObject({ version: 1 });
  });
});

/** Creates orders on one connection until a response has `Connection: close`. Any error fails the test. */
async function createUntilClosed(url: string, createdIds: number[]): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  for (;;) {
    const response = await post(agent, `${url}/orders`);
    let text = '';
    for await (const chunk of response) text += chunk;
    expect(response.statusCode).toBe(201);
    createdIds.push(JSON.parse(text).id);
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
  test('during the shutdown delay readiness returns 503 and requests are still served', async () => {
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

  test('a stop does not wait for policy checks', async () => {
    const app = await startTestApp({ policy: hangingPolicy, validationTimeoutMs: 600_000 });
    const readDetail = async (check: Promise<Response>) => (await (await check).json()).detail;
    const details = Array.from({ length: 6 }, () =>
      readDetail(app.send('POST', '/policy/check', buildOrder({ items: manyItems }))),
    );
    // The request that finds the queue full shows that the other five have arrived.
    expect(await Promise.race(details)).toBe('Too many orders are waiting for validation.');
    await app[Symbol.asyncDispose]();
    expect((await Promise.all(details)).filter((detail) => detail === 'The service is stopping.')).toHaveLength(5);
  });

  test('a validation that a stop interrupts is released and does not count as an attempt', async () => {
    await using database = await createTemporaryDatabase();
    const databaseUrl = database.url;
    {
      await using app = await startHangingApp({ databaseUrl });
      await waitUntilRunning(app.client, 1);
    }
    await using app = await startTestApp({ databaseUrl });
    const validation = await waitUntil(
      () => app.client.validations.get({ validationId: 1 }),
      ({ state }) => state === 'passed',
    );
    expect(validation).toMatchObject({ attempt: 1 });
  });
});
