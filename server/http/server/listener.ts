// The socket: begins to listen, and stops so that every request that was accepted is answered.

import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, Server as NetServer } from 'node:net';
import { setTimeout as pause, setImmediate as turn } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { ConnectionLimits } from '../../config/timeouts.ts';
import type { App } from '../app.ts';
import { ServiceRequest, ServiceResponse, type ServiceServer } from '../request/request.ts';
import { handleClientErrors } from './client-errors.ts';
import { limitConnections } from './connection-limits.ts';
import { Connections } from './connections.ts';
import { maxHeaderBytes, maxHeaders } from './limits.ts';
import { isClosing } from './lingering-close.ts';

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
  limits: ConnectionLimits;
  log: Logger;
};

/** Whoever takes longer than this for an answer is cut off at the stop. */
const drainTimeoutMs = 8_000;
const sweepMs = 50;

export async function startListener(
  app: App,
  { host, port, idleGraceMs, limits, log }: ListenOptions,
): Promise<Listener> {
  const server = createServer({
    IncomingMessage: ServiceRequest,
    ServerResponse: ServiceResponse,
    // Node would answer an empty 400.
    requireHostHeader: false,
    maxHeaderSize: maxHeaderBytes,
    headersTimeout: limits.headersTimeoutMs,
    requestTimeout: limits.requestTimeoutMs,
    connectionsCheckingInterval: limits.checkIntervalMs,
    keepAliveTimeout: limits.keepAliveTimeoutMs,
  });
  // One more than is allowed, so that it can be seen: Node drops the others without a word.
  server.maxHeadersCount = maxHeaders + 1;
  const connections = new Connections(server);
  limitConnections(server, connections, limits, log);
  handleClientErrors(server, connections, log);
  dispatchRequests(server, connections, app);
  server.listen(port, host);
  await once(server, 'listening');
  const address = server.address() as AddressInfo;
  const name = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return {
    url: `http://${name}:${address.port}`,
    [Symbol.asyncDispose]: () => close(server, connections, idleGraceMs),
  };
}

/**
 * Requests that come before those in front of them are answered (RFC 9112, section 9.3.2) wait for that: a thousand fit
 * into one packet, and a thousand answers would be held for a caller who may not read them.
 */
function dispatchRequests(server: ServiceServer, connections: Connections, app: App): void {
  const serve = (request: ServiceRequest, response: ServiceResponse) => {
    if (isClosing(request.socket) || request.socket.destroyed) return;
    // What follows in the same packet is handed by Node to whoever speaks another protocol, and so to nobody.
    if (request.headers.upgrade !== undefined) response.shouldKeepAlive = false;
    app(request, response);
  };
  server.on('request', (request, response) => {
    const inFront = connections.findResponseAhead(request.socket);
    if (inFront) inFront.once('close', () => serve(request, response));
    else serve(request, response);
  });
  server.on('checkContinue', (request, response) => {
    request.isContinueAwaited = true;
    server.emit('request', request, response);
  });
  // An expectation other than 100-continue may be ignored (RFC 9110, section 10.1.1); Node would answer an empty 417.
  server.on('checkExpectation', (request, response) => server.emit('request', request, response));
}

/**
 * First takes in the connections that the system has accepted already, then no more, and lets all end by themselves.
 * Node's own `close` would cut idle ones at once, also those on which a request is just arriving.
 */
async function close(server: ServiceServer, connections: Connections, idleGraceMs: number): Promise<void> {
  const end = performance.now() + drainTimeoutMs;
  connections.announceClose();
  await untilQuiet(connections, idleGraceMs);
  const { promise: closed, resolve } = Promise.withResolvers<void>();
  NetServer.prototype.close.call(server, () => resolve());
  while (connections.open > 0 && performance.now() < end) {
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
    seen = connections.accepted;
    await sweepPause(graceMs);
  } while (connections.accepted > seen && performance.now() < end);
}

/** A pause, at whose end everything that has arrived meanwhile has been read. */
async function sweepPause(graceMs: number): Promise<void> {
  await pause(Math.min(sweepMs, graceMs));
  await turn();
}
