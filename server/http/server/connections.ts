// The open connections of a server and their pending responses.

import type { Socket } from 'node:net';
import type { ServiceRequest, ServiceResponse, ServiceServer } from '../request/request.ts';
import { maxWaitingRequests } from './limits.ts';

type ConnectionState = {
  /**
   * Pending responses. An array, because a Set with many additions and deletions keeps garbage alive across
   * collections.
   */
  responses: ServiceResponse[];
  idleSince: number;
  /** Kept until its response is sent and its body is read. */
  latest: ServiceRequest | undefined;
  /** The requests that wait for the response ahead of them. */
  waitingCount: number;
  onIdle: (() => void) | undefined;
};

/** The open connections of one server. */
export class Connections {
  readonly #sockets = new Map<Socket, ConnectionState>();
  #isClosing = false;
  #acceptedCount = 0;
  /** The waiting requests of all connections. */
  #waitingCount = 0;

  constructor(server: ServiceServer) {
    server.on('connection', (socket) => {
      this.#acceptedCount += 1;
      this.#sockets.set(socket, createState());
      socket.once('close', () => {
        // Waiting responses emit no `close` event.
        this.#setWaiting(this.#sockets.get(socket), 0);
        this.#sockets.delete(socket);
      });
    });
    server.on('request', (request, response) => this.#track(request, response));
  }

  /** The number of open connections. */
  get openCount(): number {
    return this.#sockets.size;
  }

  /** The number of connections accepted so far. */
  get acceptedCount(): number {
    return this.#acceptedCount;
  }

  /** Adds `Connection: close` to every further response, including those in progress. */
  announceClose(): void {
    this.#isClosing = true;
    for (const { responses } of this.#sockets.values()) responses.forEach(setConnectionClose);
  }

  /** Closes connections that have had no request for this long. */
  closeIdle(graceMs: number): void {
    for (const [socket, { responses, idleSince }] of this.#sockets) {
      if (responses.length === 0 && performance.now() - idleSince >= graceMs) socket.destroy();
    }
  }

  /** The latest request of a connection, if it is not finished. */
  findLatestRequest(socket: Socket): ServiceRequest | undefined {
    return this.#sockets.get(socket)?.latest;
  }

  /** Whether a connection has pending responses. */
  isServing(socket: Socket): boolean {
    return (this.#sockets.get(socket)?.responses.length ?? 0) > 0;
  }

  /** The response that must be sent before the response to the latest request. */
  findResponseAhead(socket: Socket): ServiceResponse | undefined {
    return this.#sockets.get(socket)?.responses.at(-2);
  }

  /** The number of requests on a connection that wait for the response ahead of them. */
  countWaiting(socket: Socket): number {
    return this.#sockets.get(socket)?.waitingCount ?? 0;
  }

  /** Whether an event stream is open on a connection. Requests behind it will never be processed. */
  isStreaming(socket: Socket): boolean {
    return this.#sockets.get(socket)?.responses[0]?.ending !== undefined;
  }

  /** Runs an action when the connection has no pending responses. A later action replaces an earlier one. */
  whenIdle(socket: Socket, action: () => void): void {
    const state = this.#sockets.get(socket);
    if (state && state.responses.length > 0) state.onIdle = action;
    else action();
  }

  #track(request: ServiceRequest, response: ServiceResponse): void {
    const state = this.#sockets.get(request.socket);
    if (!state || request.socket.destroyed) return;
    state.responses.push(response);
    state.latest = request;
    this.#setWaiting(state, state.responses.length - 1);
    if (this.#waitingCount > maxWaitingRequests) this.#closeLongestQueue();
    if (this.#isClosing) setConnectionClose(response);
    response.once('close', () => {
      state.responses.splice(state.responses.indexOf(response), 1);
      if (state.waitingCount > 0) this.#setWaiting(state, state.responses.length - 1);
      state.idleSince = performance.now();
      if (state.latest === request && request.complete) state.latest = undefined;
      if (state.responses.length === 0) state.onIdle?.();
    });
  }

  #setWaiting(state: ConnectionState | undefined, count: number): void {
    if (!state) return;
    this.#waitingCount += count - state.waitingCount;
    state.waitingCount = count;
  }

  /** Takes time in proportion to the connections, and is called only beyond the limit. */
  #closeLongestQueue(): void {
    let longest: Socket | undefined;
    for (const socket of this.#sockets.keys())
      if (longest === undefined || this.countWaiting(socket) > this.countWaiting(longest)) longest = socket;
    this.#setWaiting(longest && this.#sockets.get(longest), 0);
    longest?.destroy();
  }
}

function createState(): ConnectionState {
  return { responses: [], idleSince: performance.now(), latest: undefined, waitingCount: 0, onIdle: undefined };
}

/** RFC 9112, section 9.6. */
function setConnectionClose(response: ServiceResponse): void {
  if (!response.headersSent) response.setHeader('Connection', 'close');
}
