// The open connections of a server, and what goes on on each: what a stop has to know.

import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { ServiceRequest, ServiceServer } from './exchange.ts';

type State = {
  /** How many requests are not answered yet. */
  requests: number;
  idleSince: number;
  /** Kept until it is answered and read to its end. */
  latest: ServiceRequest | undefined;
  onIdle: (() => void) | undefined;
};

export class Connections {
  readonly #sockets = new Map<Socket, State>();
  readonly #responses = new Set<ServerResponse>();
  #isClosing = false;
  #accepted = 0;

  constructor(server: ServiceServer) {
    server.on('connection', (socket) => {
      this.#accepted += 1;
      this.#sockets.set(socket, newState());
      socket.once('close', () => this.#sockets.delete(socket));
    });
    server.on('request', (request, response) => this.#track(request, response));
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

  /** The request that came last on a connection, unless it is over and done with. */
  latestRequest(socket: Socket): ServiceRequest | undefined {
    return this.#sockets.get(socket)?.latest;
  }

  /** Whether a connection has requests that are not answered yet. */
  isServing(socket: Socket): boolean {
    return (this.#sockets.get(socket)?.requests ?? 0) > 0;
  }

  /** Does something once every request of a connection has been answered; the last word counts. */
  whenIdle(socket: Socket, action: () => void): void {
    const state = this.#sockets.get(socket);
    if (state && state.requests > 0) state.onIdle = action;
    else action();
  }

  #track(request: ServiceRequest, response: ServerResponse): void {
    const state = this.#sockets.get(request.socket);
    if (!state) return;
    state.requests += 1;
    state.latest = request;
    this.#responses.add(response);
    if (this.#isClosing) sayClose(response);
    response.once('close', () => {
      this.#responses.delete(response);
      state.requests -= 1;
      state.idleSince = performance.now();
      if (state.latest === request && request.complete) state.latest = undefined;
      if (state.requests === 0) state.onIdle?.();
    });
  }
}

function newState(): State {
  return { requests: 0, idleSince: performance.now(), latest: undefined, onIdle: undefined };
}

/** RFC 9112, section 9.6. */
function sayClose(response: ServerResponse): void {
  if (!response.headersSent) response.setHeader('Connection', 'close');
}
