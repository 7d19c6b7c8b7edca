// The socket: begins to listen, and stops so that every request that was accepted is answered.

import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, Server as NetServer, type Socket } from 'node:net';
import { setTimeout as pause, setImmediate as turn } from 'node:timers/promises';

export type Listener = AsyncDisposable & {
  /** Where the service can be reached, without a slash at the end. */
  readonly url: string;
};

type ListenOptions = {
  host: string;
  /** 0 takes a free one. */
  port: number;
  /** How long, at the stop, a connection without a request is kept: a request may be on its way on it. */
  idleGraceMs: number;
};

/** Whoever takes longer than this for an answer is cut off at the stop. */
const patienceMs = 8_000;
const sweepMs = 50;

export async function listen(handler: RequestListener, { host, port, idleGraceMs }: ListenOptions): Promise<Listener> {
  const server = createServer();
  const connections = new Connections(server);
  server.on('request', handler);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject).listen(port, host, resolve);
  await promise;
  server.off('error', reject);
  const address = server.address() as AddressInfo;
  const name = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return {
    url: `http://${name}:${address.port}`,
    [Symbol.asyncDispose]: () => close(server, connections, idleGraceMs),
  };
}

/**
 * First takes in the connections that the system has accepted already, then no more, and lets all end by themselves.
 * Node's own `close` would cut idle ones at once, also those on which a request is just arriving.
 */
async function close(server: Server, connections: Connections, idleGraceMs: number): Promise<void> {
  const end = performance.now() + patienceMs;
  connections.announceClose();
  await untilQuiet(connections, idleGraceMs);
  const { promise: closed, resolve } = Promise.withResolvers<void>();
  NetServer.prototype.close.call(server, () => resolve());
  while (connections.size > 0 && performance.now() < end) {
    await sweepPause(idleGraceMs);
    connections.closeIdle(idleGraceMs);
  }
  server.closeAllConnections();
  await closed;
}

/** Waits until no connection has come for a while, or for the grace. */
async function untilQuiet(connections: Connections, graceMs: number): Promise<void> {
  const end = performance.now() + graceMs;
  let seen: number;
  do {
    seen = connections.count;
    await sweepPause(graceMs);
  } while (connections.count > seen && performance.now() < end);
}

/** A pause, at whose end everything that has arrived meanwhile has been read. */
async function sweepPause(graceMs: number): Promise<void> {
  await pause(Math.min(sweepMs, graceMs));
  await turn();
}

/** The open connections of a server, and what goes on on each. */
class Connections {
  readonly #sockets = new Map<Socket, { requests: number; idleSince: number }>();
  readonly #responses = new Set<ServerResponse>();
  #isClosing = false;
  #count = 0;

  constructor(server: Server) {
    server.on('connection', (socket) => {
      this.#count += 1;
      this.#sockets.set(socket, { requests: 0, idleSince: performance.now() });
      socket.once('close', () => this.#sockets.delete(socket));
    });
    server.on('request', ({ socket }, response) => this.#track(socket, response));
  }

  /** How many are open. */
  get size(): number {
    return this.#sockets.size;
  }

  /** How many there have ever been. */
  get count(): number {
    return this.#count;
  }

  /** From now on every answer says that its connection closes, also those to requests that are under way. */
  announceClose(): void {
    this.#isClosing = true;
    for (const response of this.#responses) sayClose(response);
  }

  /** Closes the connections that have had no request for so long. */
  closeIdle(graceMs: number): void {
    for (const [socket, { requests, idleSince }] of this.#sockets) {
      if (requests === 0 && performance.now() - idleSince >= graceMs) socket.destroy();
    }
  }

  #track(socket: Socket, response: ServerResponse): void {
    const state = this.#sockets.get(socket);
    if (!state) return;
    state.requests += 1;
    this.#responses.add(response);
    if (this.#isClosing) sayClose(response);
    response.once('close', () => {
      this.#responses.delete(response);
      state.requests -= 1;
      state.idleSince = performance.now();
    });
  }
}

/** RFC 9112, section 9.6. */
function sayClose(response: ServerResponse): void {
  if (!response.headersSent) response.setHeader('Connection', 'close');
}
