// The open connections of a server, and what goes on on each: what a stop has to know.

import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { ServiceServer } from './exchange.ts';

export class Connections {
  readonly #sockets = new Map<Socket, { requests: number; idleSince: number }>();
  readonly #responses = new Set<ServerResponse>();
  #isClosing = false;
  #accepted = 0;

  constructor(server: ServiceServer) {
    server.on('connection', (socket) => {
      this.#accepted += 1;
      this.#sockets.set(socket, { requests: 0, idleSince: performance.now() });
      socket.once('close', () => this.#sockets.delete(socket));
    });
    server.on('request', ({ socket }, response) => this.#track(socket, response));
  }

  /** How many are open. */
  get open(): number {
    return this.#sockets.size;
  }

  /** How many there have ever been. */
  get accepted(): number {
    return this.#accepted;
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
