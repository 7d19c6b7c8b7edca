// Fuzzing: any request gets a response of the contract and never a 5xx, and a rejected request changes nothing.
// `FUZZ_RUNS` sets the number of requests. A failure reports its seed; `FUZZ_SEED` repeats the run.

import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventStreamType } from '../../contract/media-types.ts';
import { expectContractResponse } from '../kit/http/contract-fetch.ts';
import { anyRequest, type FuzzRequest } from '../kit/http/fuzz-requests.ts';
import { buildOrder } from '../kit/http/orders.ts';
import { expectValidProblem, openSocket, parseResponses, readToEnd } from '../kit/http/raw-http.ts';
import { startTestApp, type TestApp } from '../kit/service/app.ts';

const runs = Number(process.env.FUZZ_RUNS ?? 1_500);
/**
 * No shrinking: the effect of a request depends on the earlier ones, so a smaller case would not fail in the same way.
 */
const options = { endOnFailure: true, ...(process.env.FUZZ_SEED ? { seed: Number(process.env.FUZZ_SEED) } : {}) };
const timeoutMs = 30_000 + runs * 20;

let app: TestApp;
let agent: Agent;

beforeAll(async () => {
  app = await startTestApp({ maxBodyBytes: 4_096 });
  agent = new Agent({ keepAlive: true, maxSockets: 1 });
  for (let count = 0; count < 30; count += 1) await app.client.orders.create(buildOrder());
});

afterAll(async () => {
  agent.destroy();
  await app[Symbol.asyncDispose]();
});

type FuzzResponse = { status: number; headers: IncomingMessage['headers']; text: string };

async function sendRequest({ method, target, headers, body }: FuzzRequest): Promise<FuzzResponse> {
  const { hostname, port } = new URL(app.url);
  // Node sends the body of a GET or DELETE without a length, and the server would read it as the next request.
  const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
  const options = { hostname, port, agent, method, path: target, headers: { ...headers, ...length } };
  const sent = request({ ...options, setHost: headers.host === undefined });
  const received = once(sent, 'response') as Promise<[IncomingMessage]>;
  sent.end(body);
  const [response] = await received;
  let text = '';
  // Event streams do not end.
  if (response.headers['content-type'] === eventStreamType) response.destroy();
  else for await (const chunk of response.setEncoding('utf8')) text += chunk;
  return { status: response.statusCode ?? 0, headers: response.headers, text };
}

/** Reads data that changes only at the request of a caller. */
async function readUserChanges(): Promise<unknown> {
  const { reader } = app.service.store;
  const latest = reader.selectFrom('events').select('position').where('actor_type', '=', 'user');
  return Promise.all([
    latest.orderBy('position', 'desc').limit(1).execute(),
    reader
      .selectFrom('orders')
      .select(({ fn }) => fn.max('id').as('id'))
      .execute(),
    reader
      .selectFrom('validation_runs')
      .select(({ fn }) => fn.max('id').as('id'))
      .execute(),
  ]);
}

function expectProblem({ status, headers, text }: FuzzResponse): void {
  const flat = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
  expectValidProblem({ status, headers: flat, body: text });
}

describe('any request', () => {
  test('any request gets a response of the contract, and a rejected request changes nothing', {
    timeout: timeoutMs,
  }, async () => {
    const statuses = new Set<number>();
    await fc.assert(
      fc.asyncProperty(anyRequest, async (fuzzRequest) => {
        const before = await readUserChanges();
        const response = await sendRequest(fuzzRequest);
        statuses.add(response.status);
        expectValidResponse(fuzzRequest, response);
        if (response.status >= 300 || fuzzRequest.method === 'GET') expect(await readUserChanges()).toEqual(before);
      }),
      { numRuns: runs, ...options },
    );
    // The requests are varied: some succeed, and others are rejected for different reasons.
    expect([...statuses]).toEqual(expect.arrayContaining([200, 201, 202, 400, 403, 404, 405]));
  });
});

/** Checks a response. The bodies of pages are not part of the contract. */
function expectValidResponse({ method, target }: FuzzRequest, response: FuzzResponse): void {
  const { status, headers, text } = response;
  const type = headers['content-type'] ?? '';
  expect(status).toBeLessThan(500);
  if (method === 'HEAD' || status === 204 || status === 304) {
    expect(text).toBe('');
    return;
  }
  if (status >= 400) expectProblem(response);
  const [pathname = ''] = target.split('?');
  if (type.includes('json')) expectContractResponse({ method, pathname, status, type, text });
}

/** Serializes a request. Each character of the result is one byte. */
function serializeRequest({ method, target, headers, body = '' }: FuzzRequest): string {
  const length = body === '' ? {} : { 'content-length': String(Buffer.byteLength(body)) };
  const lines = Object.entries({ host: 'localhost', ...headers, ...length }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  );
  return Buffer.from(`${method} ${target} HTTP/1.1\r\n${lines.join('')}\r\n${body}`).toString('latin1');
}

const anyDamage = fc.record({
  at: fc.nat(),
  length: fc.nat({ max: 20 }),
  insert: fc.oneof(
    fc.constantFrom('', '\r\n', '\n', '\0', ' ', ':', '\r\n\r\n', '0\r\n\r\n', 'Content-Length: 5\r\n', 'HTTP/1.1'),
    fc.constantFrom(
      'Transfer-Encoding: chunked\r\n',
      'Expect: 100-continue\r\n',
      'Host: x\r\n',
      'Connection: close\r\n',
    ),
    fc.string({ unit: 'binary', maxLength: 5 }).map((text) => Buffer.from(text).toString('latin1')),
  ),
});

/** The bytes of one or two damaged requests, or random bytes. */
const anyBytes = fc
  .oneof(
    {
      arbitrary: fc.tuple(fc.array(anyRequest, { minLength: 1, maxLength: 2 }), fc.array(anyDamage, { maxLength: 3 })),
      weight: 9,
    },
    fc.tuple(fc.constant([]), fc.uint8Array({ minLength: 1, maxLength: 200 })),
  )
  .map(([requests, damages]) => {
    if (damages instanceof Uint8Array) return Buffer.from(damages).toString('latin1');
    const whole = requests
      .filter(({ method }) => method !== 'HEAD')
      .map(serializeRequest)
      .join('');
    return damages.reduce((text, { at, length, insert }) => {
      const index = at % (text.length + 1);
      return text.slice(0, index) + insert + text.slice(index + length);
    }, whole);
  });

async function sendInParts(text: string, partSize: number): Promise<string> {
  const socket = await openSocket(app.url);
  for (let index = 0; index < text.length; index += partSize) {
    socket.write(text.slice(index, index + partSize), 'latin1');
  }
  socket.end();
  return readToEnd(socket);
}

describe('any bytes', () => {
  test('any bytes get complete HTTP responses or none', { timeout: timeoutMs }, async () => {
    const partSizes = fc.oneof(fc.constant(Number.POSITIVE_INFINITY), fc.integer({ min: 200, max: 5_000 }));
    await fc.assert(
      fc.asyncProperty(anyBytes, partSizes, async (text, partSize) => {
        for (const response of parseResponses(await sendInParts(text, partSize))) {
          expect(response.status).toBeLessThan(500);
          if (response.status >= 400) expectValidProblem(response);
        }
        const health = await sendRequest({ method: 'GET', target: '/health', headers: {}, body: undefined });
        expect(health.status).toBe(200);
      }),
      { numRuns: Math.ceil(runs / 3), ...options },
    );
  });
});
