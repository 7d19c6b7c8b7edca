// Whatever is sent, the service answers what the contract says, never with a failure of its own, and what it refuses
// changes nothing. `FUZZ_RUNS` says how many requests; a failure names the seed, and `FUZZ_SEED` repeats it.

import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventStreamType } from '../../contract/stream.ts';
import { startTestApp, type TestApp } from '../kit/app.ts';
import { expectContractResponse } from '../kit/contract-fetch.ts';
import { anyRequest, type FuzzRequest } from '../kit/fuzz-requests.ts';
import { buildOrder } from '../kit/orders.ts';
import { expectValidProblem, openSocket, parseResponses, readToEnd } from '../kit/raw-http.ts';

const runs = Number(process.env.FUZZ_RUNS ?? 1_500);
/** What a request does depends on those before it: a smaller one would not show the same. */
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

type Answer = { status: number; headers: IncomingMessage['headers']; text: string };

async function renderResponse({ method, target, headers, body }: FuzzRequest): Promise<Answer> {
  const { hostname, port } = new URL(app.url);
  const sent = request({ hostname, port, agent, method, path: target, headers, setHost: headers.host === undefined });
  const answered = once(sent, 'response') as Promise<[IncomingMessage]>;
  sent.end(body);
  const [response] = await answered;
  let text = '';
  // A stream has no end.
  if (response.headers['content-type'] === eventStreamType) response.destroy();
  else for await (const chunk of response.setEncoding('utf8')) text += chunk;
  return { status: response.statusCode ?? 0, headers: response.headers, text };
}

/** What only those who ask for it can change. */
async function traces(): Promise<unknown> {
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

function expectRefusal({ status, headers, text }: Answer): void {
  const flat = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
  expectValidProblem({ status, headers: flat, body: text });
}

describe('any request', () => {
  test('is answered as the contract says, and changes nothing where it is refused', {
    timeout: timeoutMs,
  }, async () => {
    const statuses = new Set<number>();
    await fc.assert(
      fc.asyncProperty(anyRequest, async (given) => {
        const before = await traces();
        const answer = await renderResponse(given);
        statuses.add(answer.status);
        judge(given, answer);
        if (answer.status >= 300 || given.method === 'GET') expect(await traces()).toEqual(before);
      }),
      { numRuns: runs, ...options },
    );
    // Not everything was refused, and not for one reason alone.
    expect([...statuses]).toEqual(expect.arrayContaining([200, 201, 202, 400, 403, 404, 405]));
  });
});

/** Pages are no business of the contract, nor is what has no body. */
function judge({ method, target }: FuzzRequest, answer: Answer): void {
  const { status, headers, text } = answer;
  const type = headers['content-type'] ?? '';
  expect(status).toBeLessThan(500);
  if (method === 'HEAD' || status === 204 || status === 304) {
    expect(text).toBe('');
    return;
  }
  if (status >= 400) expectRefusal(answer);
  const [pathname = ''] = target.split('?');
  if (type.includes('json')) expectContractResponse({ method, pathname, status, type, text });
}

/** A request as bytes, which are one character each. */
function bytesOf({ method, target, headers, body = '' }: FuzzRequest): string {
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

/** Bytes that are one or two requests with damages, or nothing of the kind; and the sizes of the parts they come in. */
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
      .map(bytesOf)
      .join('');
    return damages.reduce((text, { at, length, insert }) => {
      const index = at % (text.length + 1);
      return text.slice(0, index) + insert + text.slice(index + length);
    }, whole);
  });

async function sayAll(text: string, partSize: number): Promise<string> {
  const socket = await openSocket(app.url);
  for (let index = 0; index < text.length; index += partSize) {
    socket.write(text.slice(index, index + partSize), 'latin1');
  }
  socket.end();
  return readToEnd(socket);
}

describe('any bytes', () => {
  test('are answered with nothing, or with whole responses of HTTP', { timeout: timeoutMs }, async () => {
    const partSizes = fc.oneof(fc.constant(Number.POSITIVE_INFINITY), fc.integer({ min: 200, max: 5_000 }));
    await fc.assert(
      fc.asyncProperty(anyBytes, partSizes, async (text, partSize) => {
        for (const response of parseResponses(await sayAll(text, partSize))) {
          expect(response.status).toBeLessThan(500);
          if (response.status >= 400) expectValidProblem(response);
        }
        const alive = await renderResponse({ method: 'GET', target: '/health', headers: {}, body: undefined });
        expect(alive.status).toBe(200);
      }),
      { numRuns: Math.ceil(runs / 3), ...options },
    );
  });
});
