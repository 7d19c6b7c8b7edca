// The errors of the SDK: their messages, their members, and checks of their codes.

import { describe, expect, test } from 'vitest';
import {
  ConnectionError,
  createClient,
  isProblem,
  type NewOrder,
  OrderWorkflowError,
  ProblemError,
  UnexpectedResponseError,
} from '../../client/index.ts';
import { buildOrder } from '../kit/http/orders.ts';
import { startHttpServer } from '../kit/local-server.ts';
import { startTestApp } from '../kit/service/app.ts';

async function catchError(call: Promise<unknown>): Promise<OrderWorkflowError> {
  const error = await call.catch((reason: unknown) => reason);
  if (!(error instanceof OrderWorkflowError)) throw error;
  return error;
}

describe('problems', () => {
  test('the message of an invalid request lists every violated constraint with its pointer', async () => {
    await using app = await startTestApp();
    const invalid = { customerId: '', currency: 'EUR', items: [{ productId: 'tea', quantity: 0, unitPrice: 1 }] };
    const error = await catchError(app.client.orders.create(invalid as NewOrder));
    const [first, ...constraints] = error.message.split('\n  ');
    expect(first).toMatch(/^invalid-request: /);
    expect(constraints.map((line) => line.split(': ')[0]).sort()).toEqual(['/customerId', '/items/0/quantity']);
    for (const line of constraints) expect(line).toMatch(/: must /);
  });

  test('a problem carries its status, headers, request id, attempts and whether it is temporary', async () => {
    await using app = await startTestApp();
    const error = await catchError(app.client.orders.get({ orderId: 9 }));
    expect(error).toMatchObject({ status: 404, attempts: 1, isRetryable: false, retryAfterSeconds: undefined });
    expect(error.headers?.get('content-type')).toContain('application/problem+json');
    expect(error.requestId).toBe(error.headers?.get('x-request-id'));
  });

  test('isProblem tells problems apart by their code', async () => {
    await using app = await startTestApp();
    await app.client.orders.create(buildOrder({ reference: 'PO-1' }));
    const error = await catchError(app.client.orders.create(buildOrder({ reference: 'PO-1' })));
    expect(isProblem(error)).toBe(true);
    expect(isProblem(error, 'conflict') && error.problem.orderId).toBe(1);
    expect(isProblem(error, 'not-found')).toBe(false);
    expect(isProblem(new Error('conflict'), 'conflict')).toBe(false);
    expect(isProblem({ name: 'ProblemError', code: 'conflict' }, 'conflict')).toBe(false);
    expect(isProblem(undefined)).toBe(false);
  });

  test('a problem of another copy of the SDK is recognized', () => {
    const foreign = Object.assign(new Error('conflict: …'), { name: 'ProblemError', code: 'conflict' });
    expect(foreign).not.toBeInstanceOf(ProblemError);
    expect(isProblem(foreign, 'conflict')).toBe(true);
  });

  test('a problem with a code of a newer service is a ProblemError', async () => {
    const body = { code: 'quota-exceeded', detail: 'No more orders today', requestId: 'r', status: 403 };
    await using server = await startHttpServer((_, response) =>
      response.writeHead(403, { 'content-type': 'application/problem+json' }).end(JSON.stringify(body)),
    );
    const error = await catchError(createClient({ baseUrl: server.url }).orders.create(buildOrder()));
    expect(error).toMatchObject({ name: 'ProblemError', code: 'quota-exceeded', status: 403, requestId: 'r' });
    expect(error.message).toBe('quota-exceeded: No more orders today');
  });
});

describe('other errors', () => {
  test('a lost connection names the request and the number of attempts', async () => {
    await using server = await startHttpServer((request) => request.socket.resetAndDestroy());
    const environment = { now: Date.now, random: () => 0, createKey: () => 'k', sleep: async () => {} };
    const error = await catchError(createClient({ baseUrl: server.url, maxRetries: 2 }, environment).stats.get());
    expect(error).toBeInstanceOf(ConnectionError);
    expect(error).toMatchObject({ status: undefined, headers: undefined, attempts: 3, isRetryable: true });
    expect(error.message).toBe(`no response from GET ${server.url}/stats after 3 attempts`);
    expect(error.cause).toBeInstanceOf(Error);
  });

  test('an expired time limit is named in the message', async () => {
    await using server = await startHttpServer(() => {});
    const call = createClient({ baseUrl: server.url }).stats.get({}, { timeoutMs: 20, maxRetries: 0 });
    expect((await catchError(call)).message).toBe(`no response from GET ${server.url}/stats within 20 ms`);
  });

  test('an unexpected response carries its status, headers and body', async () => {
    await using server = await startHttpServer((_, response) =>
      response.writeHead(502, { 'content-type': 'text/html', 'x-request-id': 'gateway-1' }).end('<html>'),
    );
    const error = await catchError(createClient({ baseUrl: server.url, maxRetries: 0 }).stats.get());
    expect(error).toBeInstanceOf(UnexpectedResponseError);
    expect(error).toMatchObject({ status: 502, body: '<html>', requestId: 'gateway-1', isRetryable: true });
  });
});
