// Waiting for the end of a validation: by the event stream, by reading with growing pauses, and with a time limit.

import { describe, expect, test } from 'vitest';
import { type ClientEnvironment, createClient, WaitTimeoutError } from '../../client/index.ts';
import { contractFetch } from '../kit/http/contract-fetch.ts';
import { buildOrder, failingItems } from '../kit/http/orders.ts';
import { startTestApp, type TestApp } from '../kit/service/app.ts';
import { startHangingApp } from '../kit/service/hanging-app.ts';
import { manyItems } from '../kit/service/hanging-policy.ts';
import { waitUntil } from '../kit/wait-until.ts';

/** A sleep that ends only by an abort, so that nothing but the stream can continue a wait. */
const sleepForever: ClientEnvironment['sleep'] = (_, signal) =>
  new Promise((__, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
  });

/** The time limit of a wait by default, in milliseconds. */
const defaultTimeoutMs = 300_000;

function createEnvironment(sleep: ClientEnvironment['sleep']): ClientEnvironment {
  return { now: Date.now, random: () => 1, createKey: () => crypto.randomUUID(), sleep };
}

/** The paths that a client has requested, the signal of its stream, and the text that it has received. */
type Requests = { paths: string[]; stream: AbortSignal | undefined; streamText: string };

/** Creates a client of an app that records its requests. `hasStreams`: whether the service accepts streams. */
function createRecordingClient(app: TestApp, sleep: ClientEnvironment['sleep'], hasStreams = true) {
  const requests: Requests = { paths: [], stream: undefined, streamText: '' };
  const opened = Promise.withResolvers<void>();
  let held: { path: string; hold: (response: Response) => Promise<Response> } | undefined;
  /** Holds the response to the next read of a path. Returns a function that releases it after an action. */
  const holdRead = (path: string) => {
    const arrived = Promise.withResolvers<void>();
    const released = Promise.withResolvers<void>();
    const hold = async (response: Response) => {
      held = undefined;
      arrived.resolve();
      await released.promise;
      return response;
    };
    held = { path, hold };
    return async (act: () => Promise<unknown>) => {
      await arrived.promise;
      await act();
      released.resolve();
    };
  };
  const recordingFetch: typeof fetch = async (url, init) => {
    const path = String(url).replace(app.url, '');
    requests.paths.push(path);
    if (path === held?.path) return held.hold(await contractFetch(url, init));
    if (!path.startsWith('/events/stream')) return contractFetch(url, init);
    requests.stream = init?.signal ?? undefined;
    if (!hasStreams)
      return Response.json({ code: 'forbidden', detail: '', requestId: '', status: 403 }, { status: 403 });
    const response = await contractFetch(url, init);
    setImmediate(opened.resolve);
    const decoder = new TextDecoderStream();
    const recorder = new TransformStream<string, string>({
      transform: (text, controller) => {
        requests.streamText += text;
        controller.enqueue(text);
      },
    });
    const body = response.body?.pipeThrough(decoder).pipeThrough(recorder).pipeThrough(new TextEncoderStream());
    return new Response(body, response);
  };
  const client = createClient({ baseUrl: app.url, fetch: recordingFetch }, createEnvironment(sleep));
  return { client, requests, opened: opened.promise, holdRead };
}

describe('validateAndWait', () => {
  test('validateAndWait returns the validation that has passed or failed', async () => {
    await using app = await startTestApp();
    await app.client.orders.create(buildOrder());
    await app.client.orders.create(buildOrder({ items: failingItems }));
    expect(await app.client.orders.validateAndWait({ orderId: 1 })).toMatchObject({ orderId: 1, state: 'passed' });
    const failed = await app.client.orders.validateAndWait({ orderId: 2 });
    expect(failed).toMatchObject({ orderId: 2, state: 'failed' });
    expect(failed.findings.length).toBeGreaterThan(0);
  });

  test('validateAndWait throws what the start of the validation throws', async () => {
    await using app = await startTestApp();
    await app.client.orders.create(buildOrder());
    await app.client.orders.reject({ orderId: 1 });
    await expect(app.client.orders.validateAndWait({ orderId: 1 })).rejects.toMatchObject({
      code: 'invalid-transition',
    });
    const call = app.client.orders.validateAndWait({ orderId: 1 }, { ifMatch: 1, idempotencyKey: 'k' });
    await expect(call).rejects.toMatchObject({ code: 'invalid-transition' });
  });
});

describe('createAndWait', () => {
  test('createAndWait returns the validation of the new order that has passed or failed', async () => {
    await using app = await startTestApp();
    const { createAndWait } = app.client.orders;
    expect(await createAndWait(buildOrder())).toMatchObject({ orderId: 1, orderVersion: 1, state: 'passed' });
    expect(await createAndWait(buildOrder({ items: failingItems }))).toMatchObject({ orderId: 2, state: 'failed' });
  });

  test('createAndWait with the same idempotency key waits for the same validation', async () => {
    await using app = await startTestApp();
    const { createAndWait } = app.client.orders;
    const first = await createAndWait(buildOrder(), { idempotencyKey: 'k' });
    expect(await createAndWait(buildOrder(), { idempotencyKey: 'k' })).toEqual(first);
    expect((await app.client.orders.list()).data).toHaveLength(1);
  });

  test('createAndWait sends one POST, follows the event stream, and throws what the creation throws', async () => {
    await using app = await startHangingApp();
    const { client, requests, opened } = createRecordingClient(app, sleepForever);
    const waiting = client.orders.createAndWait(buildOrder({ reference: 'PO-1', items: manyItems }));
    await opened;
    await app.client.orders.reject({ orderId: 2 });
    expect(await waiting).toMatchObject({ orderId: 2, state: 'cancelled' });
    expect(requests.paths.filter((path) => path.startsWith('/orders'))).toEqual(['/orders']);
    await expect(client.orders.createAndWait(buildOrder({ reference: 'PO-1' }))).rejects.toMatchObject({
      code: 'conflict',
    });
  });
});

describe('wait', () => {
  test('a wait ends with the event that ends the validation, and closes its stream', async () => {
    await using app = await startHangingApp();
    const { client, requests, opened } = createRecordingClient(app, sleepForever);
    const waiting = client.validations.wait({ validationId: 1 });
    await opened;
    await app.client.orders.reject({ orderId: 1 });
    expect(await waiting).toMatchObject({ id: 1, state: 'cancelled' });
    expect(requests.stream?.aborted).toBe(true);
    expect(requests.paths.filter((path) => path.startsWith('/validations')).length).toBeLessThanOrEqual(3);
  });

  test('all waits of a client follow one stream, which is closed after the last of them', async () => {
    await using app = await startHangingApp();
    await app.client.orders.create(buildOrder({ items: manyItems }));
    await app.client.orders.validate({ orderId: 2 });
    const { client, requests, opened } = createRecordingClient(app, sleepForever);
    const first = client.validations.wait({ validationId: 1 });
    await opened;
    const second = client.validations.wait({ validationId: 2 });
    const third = client.validations.wait({ validationId: 2 });
    await app.client.orders.reject({ orderId: 1 });
    expect(await first).toMatchObject({ id: 1, state: 'cancelled' });
    expect(requests.stream?.aborted).toBe(false);
    await app.client.orders.reject({ orderId: 2 });
    expect(await Promise.all([second, third])).toMatchObject([{ state: 'cancelled' }, { state: 'cancelled' }]);
    expect(requests.stream?.aborted).toBe(true);
    expect(requests.paths.filter((path) => path.startsWith('/events/stream'))).toHaveLength(1);
  });

  test('an end between the read and the subscription to the open stream is not missed', async () => {
    await using app = await startHangingApp();
    await app.client.orders.create(buildOrder({ items: manyItems }));
    await app.client.orders.validate({ orderId: 2 });
    const { client, requests, opened, holdRead } = createRecordingClient(app, sleepForever);
    const first = client.validations.wait({ validationId: 1 });
    await opened;
    // The second wait has read an open validation, which ends before the response arrives.
    const release = holdRead('/validations/2');
    const second = client.validations.wait({ validationId: 2 });
    await release(async () => {
      await app.client.orders.reject({ orderId: 2 });
      await waitUntil(
        () => requests.streamText,
        (text) => text.includes('"orderId":2'),
      );
    });
    expect(await second).toMatchObject({ id: 2, state: 'cancelled' });
    await app.client.orders.reject({ orderId: 1 });
    await first;
  });

  test('without a stream, a wait reads with pauses that grow to five seconds', async () => {
    await using app = await startHangingApp();
    const pausesMs: number[] = [];
    const sleep: ClientEnvironment['sleep'] = async (ms, signal) => {
      if (ms === defaultTimeoutMs) return sleepForever(ms, signal);
      pausesMs.push(ms);
      if (pausesMs.length === 8) await app.client.orders.reject({ orderId: 1 });
    };
    const { client } = createRecordingClient(app, sleep, false);
    expect(await client.validations.wait({ validationId: 1 })).toMatchObject({ state: 'cancelled' });
    expect(pausesMs).toEqual([100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000]);
  });

  test('a wait for a validation that has ended reads it once and opens no stream', async () => {
    await using app = await startHangingApp();
    await app.client.orders.reject({ orderId: 1 });
    const { client, requests } = createRecordingClient(app, sleepForever);
    expect(await client.validations.wait({ validationId: 1 })).toMatchObject({ state: 'cancelled' });
    expect(requests.paths).toEqual(['/validations/1']);
  });

  test('a wait that exceeds timeoutMs throws a WaitTimeoutError with the validation as it is', async () => {
    await using app = await startHangingApp();
    const expired = Promise.withResolvers<void>();
    const sleep: ClientEnvironment['sleep'] = (ms, signal) =>
      ms === 60_000 ? expired.promise : sleepForever(ms, signal);
    const { client, requests, opened } = createRecordingClient(app, sleep);
    const waiting = client.validations.wait({ validationId: 1 }, { timeoutMs: 60_000 });
    await opened;
    expired.resolve();
    const error = await waiting.catch((reason) => reason);
    expect(error).toBeInstanceOf(WaitTimeoutError);
    expect(error.message).toBe('the validation did not end within 60000 ms');
    expect(['queued', 'running']).toContain(error.validation?.state);
    expect(requests.stream?.aborted).toBe(true);
  });

  test('an abort ends a wait at once with the reason of the signal', async () => {
    await using app = await startHangingApp();
    const { client, requests, opened } = createRecordingClient(app, sleepForever);
    const controller = new AbortController();
    const waiting = client.validations.wait({ validationId: 1 }, { signal: controller.signal });
    await opened;
    controller.abort(new Error('no longer needed'));
    await expect(waiting).rejects.toThrow('no longer needed');
    expect(requests.stream?.aborted).toBe(true);
  });
});
