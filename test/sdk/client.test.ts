// The SDK: the whole contract as functions, bodies as answers, typed errors for everything else.

import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type AppRoute, isAppRoute } from '@ts-rest/core';
import { describe, expect, expectTypeOf, test } from 'vitest';
import { z } from 'zod';
import {
  ConnectionError,
  createClient,
  type Order,
  ProblemError,
  UnexpectedResponseError,
} from '../../client/index.ts';
import { contract } from '../../contract/index.ts';
import { startTestApp } from '../kit/app.ts';
import { buildOrder } from '../kit/orders.ts';

const routes: Record<string, AppRoute> = Object.fromEntries(
  Object.entries(contract).flatMap(([group, entries]) =>
    Object.entries(entries).map(([name, route]) => [`${group}.${name}`, route as AppRoute]),
  ),
);

/** A server that answers as the test says. */
async function startServer(handler: RequestListener): Promise<AsyncDisposable & { url: string }> {
  const server = createServer(handler);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

test('has a function for every route of the contract', () => {
  const shapeOf = (tree: object): object =>
    Object.fromEntries(
      Object.entries(tree).map(([key, value]) => [
        key,
        typeof value === 'function' || isAppRoute(value) ? 'operation' : shapeOf(value),
      ]),
    );
  expect(shapeOf(createClient({ baseUrl: '' }))).toEqual(shapeOf(contract));
});

describe.each(Object.entries(routes))('%s', (_, route) => {
  test('uses no name twice in path, query and body, since its function takes them as one flat object', () => {
    const inPath = [...route.path.matchAll(/:(\w+)/g)].map(([, name]) => name);
    const names = [...inPath, ...fieldsOf(route.query), ...fieldsOf('body' in route ? route.body : undefined)];
    expect(new Set(names).size).toBe(names.length);
  });

  test('has either a query or a body, since its method says where the rest of them goes', () => {
    expect(fieldsOf(route.method === 'GET' ? undefined : route.query)).toEqual([]);
  });
});

function fieldsOf(schema: unknown): string[] {
  return schema instanceof z.ZodOptional ? fieldsOf(schema.unwrap()) : Object.keys(Object(schema).shape ?? {});
}

test('is typed by the contract', async () => {
  const client = createClient({ baseUrl: '' });
  expectTypeOf(client.orders.get).returns.resolves.toEqualTypeOf<Order>();
  expectTypeOf(client.orders.get).parameter(0).toEqualTypeOf<{ orderId: number }>();
  expectTypeOf(client.orders.approve).parameter(0).toEqualTypeOf<{ orderId: number; note?: string | undefined }>();
  expectTypeOf(client.orders.list).parameter(0).extract<{ limit?: number }>().toHaveProperty('status');
});

describe('a refusal', () => {
  test('is thrown as a problem with its code, status, request id and members', async () => {
    await using app = await startTestApp();
    await app.client.orders.create(buildOrder());
    const error = await app.client.orders.approve({ orderId: 1 }).catch((reason: unknown) => reason);
    if (!(error instanceof ProblemError)) throw error;
    expect(error).toMatchObject({ code: 'invalid-transition', status: 400, name: 'ProblemError' });
    expect(error.requestId).toBe(error.problem.requestId);
    expect(error.message).toBe("invalid-transition: Cannot approve order in status 'CREATED'. Must be 'VALIDATED'");
    expect(error.problem.code === 'invalid-transition' && error.problem.allowedFrom).toEqual(['VALIDATED']);
  });

  test('of a status that readiness answers without a problem is thrown as an unexpected answer', async () => {
    const body = '{"status":"not-ready","checks":{"database":"ok","queue":"ok","workers":"ok"}}';
    await using server = await startServer((_, response) =>
      response.writeHead(503, { 'content-type': 'application/json' }).end(body),
    );
    const error = await createClient({ baseUrl: server.url })
      .health.ready()
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(UnexpectedResponseError);
    expect(error).toMatchObject({ status: 503, body });
  });
});

describe('an answer of something else', () => {
  test.each([
    ['a page', 'text/html', '<html>'],
    ['broken JSON', 'application/json', '{'],
    ['a refusal that is no problem', 'application/problem+json', 'null', 400],
    ['a refusal without a code', 'application/problem+json', '{"title":"no"}', 400],
  ])('that is %s is thrown with its status and body', async (_, type, body, status = 200) => {
    await using server = await startServer((__, response) =>
      response.writeHead(status, { 'content-type': type }).end(body),
    );
    const error = await createClient({ baseUrl: server.url })
      .stats.get()
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(UnexpectedResponseError);
    expect(error).toMatchObject({ status, body });
  });

  test('that has more than the contract says goes through', async () => {
    await using server = await startServer((_, response) =>
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"status":"ok","newer":1}'),
    );
    expect(await createClient({ baseUrl: server.url }).health.live()).toEqual({ status: 'ok', newer: 1 });
  });
});

describe('no answer', () => {
  test('is thrown as a connection error with its cause', async () => {
    await using server = await startServer((request) => request.socket.destroy());
    const error = await createClient({ baseUrl: server.url })
      .stats.get()
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ConnectionError);
    expect((error as ConnectionError).cause).toBeInstanceOf(Error);
  });

  test('in time is thrown as a connection error', async () => {
    await using server = await startServer(() => {});
    const call = createClient({ baseUrl: server.url }).stats.get({}, { timeoutMs: 20 });
    await expect(call).rejects.toMatchObject({ name: 'ConnectionError', cause: { name: 'TimeoutError' } });
  });

  test('that the caller gave up is thrown as the reason it gave', async () => {
    await using server = await startServer(() => {});
    const giveUp = new AbortController();
    const call = createClient({ baseUrl: server.url }).stats.get({}, { signal: giveUp.signal });
    giveUp.abort(new Error('not needed any more'));
    await expect(call).rejects.toThrow('not needed any more');
  });
});

test('sends the headers of the client and of the request, which win', async () => {
  const seen: (string | string[] | undefined)[] = [];
  await using server = await startServer((request, response) => {
    seen.push(request.headers.authorization, request.headers['x-request-id']);
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"status":"ok"}');
  });
  const client = createClient({ baseUrl: server.url, headers: { authorization: 'a', 'X-Request-Id': 'b' } });
  await client.health.live({}, { headers: { 'x-request-id': 'c' } });
  expect(seen).toEqual(['a', 'c']);
});

test('does not mind a slash at the end of the base URL', async () => {
  await using app = await startTestApp();
  expect(await createClient({ baseUrl: `${app.url}/` }).health.live()).toEqual({ status: 'ok' });
});

test('refuses a call without its path parameter before anything is sent', async () => {
  const client = createClient({ baseUrl: 'http://127.0.0.1:1' });
  const call = client.orders.get({} as { orderId: number });
  await expect(call).rejects.toThrow(new TypeError('orderId is missing'));
});
