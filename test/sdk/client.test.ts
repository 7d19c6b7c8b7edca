// The SDK: every route of the contract as a function that returns the response body or throws a typed error.

import { type AppRoute, isAppRoute } from '@ts-rest/core';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { ConnectionError, createClient, ProblemError, UnexpectedResponseError } from '../../client/index.ts';
import { contract } from '../../contract/index.ts';
import { buildOrder } from '../kit/http/orders.ts';
import { startHttpServer } from '../kit/local-server.ts';
import { startTestApp } from '../kit/service/app.ts';

const routes: Record<string, AppRoute> = Object.fromEntries(
  Object.entries(contract).flatMap(([group, entries]) =>
    Object.entries(entries).map(([name, route]) => [`${group}.${name}`, route as AppRoute]),
  ),
);

test('the client has a function for every route of the contract, and functions that wait', () => {
  const toShape = (tree: object): object =>
    Object.fromEntries(
      Object.entries(tree).map(([key, value]) => [
        key,
        typeof value === 'function' || isAppRoute(value) ? 'operation' : toShape(value),
      ]),
    );
  const { orders, validations, ...others } = toShape(contract) as Record<string, object>;
  const waits = {
    orders: { ...orders, createAndWait: 'operation', validateAndWait: 'operation' },
    validations: { ...validations, wait: 'operation' },
  };
  expect(toShape(createClient({ baseUrl: '' }))).toEqual({ ...others, ...waits });
});

// The functions of the SDK take path, query and body as one flat object. The method determines the place of each field.
describe.each(Object.entries(routes))('%s', (operation, route) => {
  test(`${operation} has no duplicate names in path, query and body`, () => {
    const pathNames = [...route.path.matchAll(/:(\w+)/g)].map(([, name]) => name);
    const names = [...pathNames, ...listFields(route.query), ...listFields('body' in route ? route.body : undefined)];
    expect(new Set(names).size).toBe(names.length);
  });

  test(`${operation} has no query beside a body`, () => {
    expect(listFields(route.method === 'GET' ? undefined : route.query)).toEqual([]);
  });
});

function listFields(schema: unknown): string[] {
  return schema instanceof z.ZodOptional ? listFields(schema.unwrap()) : Object.keys(Object(schema).shape ?? {});
}

describe('error responses', () => {
  test('a problem is thrown as ProblemError with code, status, request id and members', async () => {
    await using app = await startTestApp();
    await app.client.orders.create(buildOrder());
    const error = await app.client.orders.approve({ orderId: 1 }).catch((reason: unknown) => reason);
    if (!(error instanceof ProblemError)) throw error;
    expect(error).toMatchObject({ code: 'invalid-transition', status: 400, name: 'ProblemError' });
    expect(error.requestId).toBe(error.problem.requestId);
    expect(error.message).toBe("invalid-transition: Cannot approve order in status 'CREATED'. Must be 'VALIDATED'");
    expect(error.problem.code === 'invalid-transition' && error.problem.allowedFrom).toEqual(['VALIDATED']);
  });

  test('a 503 of the readiness check is a result, because it is in the contract without a problem', async () => {
    const body = { status: 'not-ready', checks: { database: 'failing', queue: 'ok', workers: 'ok' } };
    await using server = await startHttpServer((_, response) =>
      response.writeHead(503, { 'content-type': 'application/json' }).end(JSON.stringify(body)),
    );
    expect(await createClient({ baseUrl: server.url }).health.ready()).toEqual(body);
  });
});

describe('responses of other servers', () => {
  test.each([
    ['an HTML page', 'text/html', '<html>'],
    ['invalid JSON', 'application/json', '{'],
    ['an error without a problem document', 'application/problem+json', 'null', 400],
    ['a problem without a code', 'application/problem+json', '{"title":"no"}', 400],
  ])('%s is thrown as UnexpectedResponseError with status and body', async (_, type, body, status = 200) => {
    await using server = await startHttpServer((__, response) =>
      response.writeHead(status, { 'content-type': type }).end(body),
    );
    const error = await createClient({ baseUrl: server.url })
      .stats.get()
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(UnexpectedResponseError);
    expect(error).toMatchObject({ status, body });
  });

  test('fields that the contract does not define are returned unchanged', async () => {
    await using server = await startHttpServer((_, response) =>
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"status":"ok","newer":1}'),
    );
    expect(await createClient({ baseUrl: server.url }).health.live()).toEqual({ status: 'ok', newer: 1 });
  });
});

describe('missing responses', () => {
  test('a broken connection is thrown as ConnectionError with its cause', async () => {
    await using server = await startHttpServer((request) => request.socket.destroy());
    const error = await createClient({ baseUrl: server.url, maxRetries: 0 })
      .stats.get()
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ConnectionError);
    expect((error as ConnectionError).cause).toBeInstanceOf(Error);
  });

  test('an expired time limit is thrown as ConnectionError', async () => {
    await using server = await startHttpServer(() => {});
    const call = createClient({ baseUrl: server.url }).stats.get({}, { timeoutMs: 20, maxRetries: 0 });
    await expect(call).rejects.toMatchObject({ name: 'ConnectionError', cause: { name: 'TimeoutError' } });
  });

  test('an aborted operation throws the reason of its signal', async () => {
    await using server = await startHttpServer(() => {});
    const controller = new AbortController();
    const call = createClient({ baseUrl: server.url }).stats.get({}, { signal: controller.signal });
    controller.abort(new Error('no longer needed'));
    await expect(call).rejects.toThrow('no longer needed');
  });
});

test('headers of a request take precedence over those of the client', async () => {
  const seen: (string | string[] | undefined)[] = [];
  await using server = await startHttpServer((request, response) => {
    seen.push(request.headers.authorization, request.headers['x-request-id']);
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"status":"ok"}');
  });
  const client = createClient({ baseUrl: server.url, headers: { authorization: 'a', 'X-Request-Id': 'b' } });
  await client.health.live({}, { headers: { 'x-request-id': 'c' } });
  expect(seen).toEqual(['a', 'c']);
});

test('the base URL may end with a slash', async () => {
  await using app = await startTestApp();
  expect(await createClient({ baseUrl: `${app.url}/` }).health.live()).toEqual({ status: 'ok' });
});

test('a call without its path parameter throws a TypeError and sends nothing', async () => {
  const client = createClient({ baseUrl: 'http://127.0.0.1:1' });
  const call = client.orders.get({} as { orderId: number });
  await expect(call).rejects.toThrow(new TypeError('orderId is missing'));
});
