// The open connections of a server, and what goes on on each: what a stop has to know.

import type { Socket } from 'node:net';
import type { ServiceRequest, ServiceResponse, ServiceServer } from '../request/request.ts';

type State = {
  /**
   * Those to requests that are not answered yet. An array: a set that much goes through leaves a chain of former tables
   * behind, which keeps from one collection of garbage to the next whatever was ever in it.
   */
  responses: ServiceResponse[];
  idleSince: number;
  /** Kept until it is answered and read to its end. */
  latest: ServiceRequest | undefined;
  onIdle: (() => void) | undefined;
};

export class Connections {
  readonly #sockets = new Map<Socket, State>();
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
    for (const { responses } of this.#sockets.values()) responses.forEach(sayClose);
  }

  /** Closes the connections that have had no request for so long. */
  closeIdle(graceMs: number): void {
    for (const [socket, { responses, idleSince }] of this.#sockets) {
      if (responses.length === 0 && performance.now() - idleSince >= graceMs) socket.destroy();
    }
  }

  /** The request that came last on a connection, unless it is over and done with. */
  latestRequest(socket: Socket): ServiceRequest | undefined {
    return this.#sockets.get(socket)?.latest;
  }

  /** Whether a connection has requests that are not answered yet. */
  isServing(socket: Socket): boolean {
    return (this.#sockets.get(socket)?.responses.length ?? 0) > 0;
  }

  /** The answer that has to be given before that to the request which came last on a connection. */
  findResponseAhead(socket: Socket): ServiceResponse | undefined {
    return this.#sockets.get(socket)?.responses.at(-2);
  }

  /** Whether a stream is open on a connection: what comes behind it can never be answered. */
  isStreaming(socket: Socket): boolean {
    return this.#sockets.get(socket)?.responses[0]?.ending !== undefined;
  }

  /** Does something once every request of a connection has been answered; the last word counts. */
  whenIdle(socket: Socket, action: () => void): void {
    const state = this.#sockets.get(socket);
    if (state && state.responses.length > 0) state.onIdle = action;
    else action();
  }

  #track(request: ServiceRequest, response: ServiceResponse): void {
    const state = this.#sockets.get(request.socket);
    if (!state) return;
    state.responses.push(response);
    state.latest = request;
    if (this.#isClosing) sayClose(response);
    response.once('close', () => {
      state.responses.splice(state.responses.indexOf(response), 1);
      state.idleSince = performance.now();
      if (state.latest === request && request.complete) state.latest = undefined;
      if (state.responses.length === 0) state.onIdle?.();
    });
  }
}

function newState(): State {
  return { responses: [], idleSince: performance.now(), latest: undefined, onIdle: undefined };
}

/** RFC 9112, section 9.6. */
function sayClose(response: ServiceResponse): void {
  if (!response.headersSent) response.setHeader('Connection', 'close');
}
