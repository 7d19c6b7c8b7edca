// The socket: begins to listen, and stops so that every request that was accepted is answered.

import { createServer, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, Server as NetServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

export type Listener = AsyncDisposable & {
  /** Where the service can be reached, without a slash at the end. */
  readonly url: string;
};

/** Whoever takes longer than this for an answer is cut off at the stop. */
const patienceMs = 8_000;

type ListenOptions = {
  host: string;
  /** 0 takes a free one. */
  port: number;
  /** How long, at the stop, a connection without a request is kept: a request may be on its way on it. */
  idleGraceMs: number;
};

export async function listen(handler: RequestListener, { host, port, idleGraceMs }: ListenOptions): Promise<Listener> {
  const server = createServer(handler);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject).listen(port, host, resolve);
  await promise;
  server.off('error', reject);
  const address = server.address() as AddressInfo;
  const name = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return { url: `http://${name}:${address.port}`, [Symbol.asyncDispose]: () => close(server, idleGraceMs) };
}

/**
 * Takes no more connections, and lets those that there are end by themselves: the answers say `Connection: close` by
 * then. Node's own `close` would cut idle connections at once, also those on which a request is just arriving.
 */
async function close(server: Server, idleGraceMs: number): Promise<void> {
  const { promise: closed, resolve } = Promise.withResolvers<void>();
  NetServer.prototype.close.call(server, () => resolve());
  const timer = new AbortController();
  const cutOff = async () => {
    await pause(idleGraceMs, undefined, { signal: timer.signal });
    server.closeIdleConnections();
    await pause(patienceMs, undefined, { signal: timer.signal });
    server.closeAllConnections();
  };
  cutOff().catch(() => {});
  await closed;
  timer.abort();
}
