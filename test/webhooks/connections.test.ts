// The connections of the webhook sender: TLS verification, no proxies, and reuse of kept-alive connections.

import { execFile } from 'node:child_process';
import type { Socket } from 'node:net';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import type { AttemptResult, SenderOptions } from '../../server/webhooks/sender.ts';
import { readCertificate, startRawReceiver } from '../kit/webhooks/raw-receiver.ts';
import { startReceiver } from '../kit/webhooks/receiver.ts';
import {
  buildMessage,
  createSender,
  neverAborted,
  noContentResponse,
  trustingOptions,
  waitUntilClosed,
} from '../kit/webhooks/sender.ts';

const run = promisify(execFile);
const broken = 'The connection was closed before a response was received.';

describe('a delivery', () => {
  test('consecutive deliveries reuse one connection', async () => {
    await using receiver = await startRawReceiver((socket) => socket.on('data', () => socket.write(noContentResponse)));
    await using sender = createSender();
    for (const _ of [1, 2, 3]) await sender.send(buildMessage(`http://127.0.0.1:${receiver.port}/`), neverAborted);
    expect(receiver.reachedAddresses).toHaveLength(1);
  });

  test('proxy and TLS variables of the environment do not affect deliveries', async () => {
    await using proxy = await startReceiver();
    await using receiver = await startReceiver();
    await using unknown = await startRawReceiver(() => {}, { certificate: 'self-signed' });
    const { origin } = new URL(proxy.url);
    const environment = { http_proxy: origin, https_proxy: origin, NODE_TLS_REJECT_UNAUTHORIZED: '0' };
    const urls = [receiver.url, `https://127.0.0.1:${unknown.port}/`];
    const errors = await errorsElsewhere(urls, { ...environment, NODE_USE_ENV_PROXY: '1', NODE_NO_WARNINGS: '1' });
    expect(errors).toEqual([null, 'The certificate is self-signed.']);
    expect([proxy.received.length, receiver.received.length, unknown.received]).toEqual([0, 1, '']);
  });
});

/** Sends a delivery to each URL in a process with this environment, and returns the errors. */
async function errorsElsewhere(urls: string[], environment: Record<string, string>): Promise<unknown> {
  const script = `
    const { Sender } = await import(${JSON.stringify(import.meta.resolve('../../server/webhooks/sender.ts'))});
    await using sender = new Sender({ rules: { isHttpAllowed: true, isPrivateAllowed: true }, timeoutMs: 5_000 });
    const errors = [];
    for (const message of ${JSON.stringify(urls.map((url) => buildMessage(url)))}) {
      errors.push((await sender.send(message, new AbortController().signal)).error);
    }
    console.log(JSON.stringify(errors));`;
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', script], { env: environment });
  return JSON.parse(stdout);
}

describe('a certificate', () => {
  const cases: [
    string,
    Parameters<typeof startRawReceiver>[1],
    Partial<SenderOptions>,
    string,
    Partial<AttemptResult>,
  ][] = [
    ['from a trusted authority', { certificate: 'receiver' }, {}, 'receiver.example', { statusCode: 204, error: null }],
    ['that has expired', { certificate: 'expired' }, {}, 'receiver.example', { error: 'The certificate has expired.' }],
    [
      'for another name',
      { certificate: 'receiver' },
      {},
      'other.example',
      { error: 'The certificate does not match the host name.' },
    ],
    [
      'that is self-signed',
      { certificate: 'self-signed' },
      {},
      'receiver.example',
      { error: 'The certificate is self-signed.' },
    ],
    [
      'from an unknown authority',
      { certificate: 'receiver' },
      { ...trustingOptions, certificates: readCertificate('self-signed') },
      'receiver.example',
      { error: 'The certificate is not issued by a trusted authority, or its chain is incomplete.' },
    ],
    ['that is missing', {}, {}, 'receiver.example', { error: 'The TLS connection could not be established.' }],
  ];

  test.each(cases)(
    'a certificate %s is accepted or rejected as expected, before the request is sent',
    async (_, receiving, sending, name, expected) => {
      await using receiver = await startRawReceiver((socket) => {
        socket.on('data', () => socket.write(noContentResponse));
      }, receiving);
      await using sender = createSender({ ...trustingOptions, ...sending });
      const result = await sender.send(buildMessage(`https://${name}:${receiver.port}/`), neverAborted);
      expect(result).toMatchObject({ statusCode: null, ...expected });
      if (result.statusCode === null) expect(receiver.received).not.toContain('POST');
    },
  );
});

describe('a kept-alive connection', () => {
  /** Responds to the first request on each connection and closes it at the next one. */
  const closing = (socket: Socket) => {
    socket.once('data', () => {
      socket.write(noContentResponse);
      socket.once('data', () => socket.destroy());
    });
  };

  test.each([{}, { certificate: 'receiver' } as const])(
    'a kept-alive connection that the receiver closes is replaced by a new one: %o',
    async (options) => {
      await using receiver = await startRawReceiver(closing, options);
      await using sender = createSender(options.certificate ? trustingOptions : {});
      const host = options.certificate ? 'https://receiver.example' : 'http://127.0.0.1';
      const message = buildMessage(`${host}:${receiver.port}/`);
      for (const _ of [1, 2]) expect((await sender.send(message, neverAborted)).error).toBeNull();
      expect(receiver.reachedAddresses).toHaveLength(2);
      expect(receiver.received.split('POST').length - 1).toBe(3);
    },
  );

  test('a closed kept-alive connection is replaced by a new one if all others are closed too', async () => {
    await using receiver = await startRawReceiver(closing);
    await using sender = createSender();
    const message = buildMessage(`http://127.0.0.1:${receiver.port}/`);
    await Promise.all([sender.send(message, neverAborted), sender.send(message, neverAborted)]);
    expect(receiver.reachedAddresses).toHaveLength(2);
    expect((await sender.send(message, neverAborted)).error).toBeNull();
    expect(receiver.reachedAddresses).toHaveLength(3);
  });

  test('a connection that closes within a response is a failed attempt', async () => {
    await using receiver = await startRawReceiver((socket) => {
      socket.once('data', () => {
        socket.write(noContentResponse);
        socket.once('data', () => socket.end('HTTP/1.1 2'));
      });
    });
    await using sender = createSender();
    const message = buildMessage(`http://127.0.0.1:${receiver.port}/`);
    expect((await sender.send(message, neverAborted)).error).toBeNull();
    expect((await sender.send(message, neverAborted)).error).toBe(broken);
    expect(receiver.reachedAddresses).toHaveLength(1);
  });

  const idle: [string, (socket: Socket) => void][] = [
    ['closed', (socket) => socket.end()],
    ['reset', (socket) => socket.resetAndDestroy()],
    ['filled with nonsense', (socket) => socket.write('nonsense')],
    ['filled with a response', (socket) => socket.write('HTTP/1.1 500 Error\r\ncontent-length: 0\r\n\r\n')],
  ];

  test.each(idle)('an idle connection that is %s is not reused', async (_, meddle) => {
    let kept: Socket | undefined;
    await using receiver = await startRawReceiver((socket) => {
      kept ??= socket;
      socket.on('data', () => socket.write(noContentResponse));
    });
    await using sender = createSender();
    const message = buildMessage(`http://127.0.0.1:${receiver.port}/`);
    await sender.send(message, neverAborted);
    if (kept) meddle(kept);
    await waitUntilClosed(receiver);
    expect(await sender.send(message, neverAborted)).toMatchObject({ statusCode: 204, error: null });
    expect(receiver.reachedAddresses).toHaveLength(2);
  });

  test('a request on a closed kept-alive connection is retried only once', async () => {
    await using receiver = await startRawReceiver((socket, before) => {
      if (before === 0) closing(socket);
      else socket.once('data', () => socket.destroy());
    });
    await using sender = createSender();
    const message = buildMessage(`http://127.0.0.1:${receiver.port}/`);
    await sender.send(message, neverAborted);
    expect((await sender.send(message, neverAborted)).error).toBe(broken);
    expect(receiver.reachedAddresses).toHaveLength(2);
  });
});
