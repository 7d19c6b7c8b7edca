// Listens on a socket, and stops so that every accepted request gets its response.

import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, Server as NetServer, type Socket } from 'node:net';
import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { HttpConfig } from '../../config/http.ts';
import type { ConnectionLimits } from '../../config/timeouts.ts';
import { withVariable } from '../../shared/startup-error.ts';
import { TurnQueue } from '../../shared/turn-queue.ts';
import type { App } from '../app.ts';
import { ServiceRequest, ServiceResponse, type ServiceServer } from '../request/request.ts';
import { handleClientErrors } from './client-errors.ts';
import { limitConnections } from './connection-limits.ts';
import { Connections } from './connections.ts';
import {
  maxHeaderBytes,
  maxHeaders,
  maxPendingConnections,
  maxRequestsBehindStream,
  maxRequestsPerConnection,
} from './limits.ts';
import { isClosing } from './lingering-close.ts';

/** An open socket. Disposing of it stops listening, and waits for the requests in progress. */
export type Listener = AsyncDisposable & {
  /** The base URL, without a trailing slash. */
  readonly url: string;
};

type ListenOptions = {
  host: string;
  /** 0 chooses a free port. */
  port: number;
  /** How long an idle connection is kept at shutdown, because a request may be in transit on it. */
  idleGraceMs: number;
  limits: ConnectionLimits;
  /** The path at which clients reach the service, for the problems of unparsable requests. */
  basePath: string;
  log: Logger;
} & Pick<HttpConfig, 'maxConnectionsPerAddress' | 'trustedProxies'>;

/** Connections that take longer are closed at shutdown. */
const drainTimeoutMs = 8_000;
const sweepIntervalMs = 50;

/**
 * Starts to listen.
 * @throws StartupError the address is not available, or the process may not use it
 */
export async function startListener(
  app: App,
  { host, port, idleGraceMs, limits, basePath, log, ...addressLimits }: ListenOptions,
): Promise<Listener> {
  const server = createServer({
    IncomingMessage: ServiceRequest,
    ServerResponse: ServiceResponse,
    // Node would send an empty 400.
    requireHostHeader: false,
    maxHeaderSize: maxHeaderBytes,
    headersTimeout: limits.headersTimeoutMs,
    requestTimeout: limits.requestTimeoutMs,
    connectionsCheckingInterval: limits.checkIntervalMs,
    keepAliveTimeout: limits.keepAliveTimeoutMs,
  });
  // A client may close its side after its request, and still gets the response (RFC 9112, section 9.6). Node has no
  // option for this property.
  Object.assign(server, { httpAllowHalfOpen: true });
  // One more than allowed, so that too many headers can be detected: Node silently drops the rest.
  server.maxHeadersCount = maxHeaders + 1;
  const connections = new Connections(server);
  limitConnections(server, connections, { ...limits, ...addressLimits }, log);
  handleClientErrors(server, connections, { log, basePath });
  dispatchRequests(server, connections, app);
  await withVariable('HOST and PORT', async () => {
    server.listen({ port, host, backlog: maxPendingConnections });
    await once(server, 'listening');
  });
  const address = server.address() as AddressInfo;
  const name = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return {
    url: `http://${name}:${address.port}`,
    [Symbol.asyncDispose]: () => close(server, connections, idleGraceMs),
  };
}

/** The pipelined requests that can be served next. */
const pipelined = new TurnQueue();

/**
 * Pipelined requests wait for the response ahead of them (RFC 9112, section 9.3.2). A packet can contain a thousand
 * requests, whose responses would have to be buffered for a client that may not read them. While requests wait, no more
 * of them are read, and each is served in a turn of its own.
 */
function dispatchRequests(server: ServiceServer, connections: Connections, app: App): void {
  const serve = (request: ServiceRequest, response: ServiceResponse) => {
    if (isClosing(request.socket) || request.socket.destroyed) return;
    // Node passes the bytes after an upgrade request to the upgrade handler, which is not registered.
    if (request.headers.upgrade !== undefined) response.shouldKeepAlive = false;
    app(request, response);
  };
  server.on('request', (request, response) => {
    const { socket } = request;
    const responseAhead = connections.findResponseAhead(socket);
    if (!responseAhead) return serve(request, response);
    if (closeIfTooManyWait(socket, connections)) return;
    // The socket of a stream is read, so that a lost connection is noticed.
    if (connections.isStreaming(socket) || isClosing(socket)) return;
    responseAhead.req.isFollowed = true;
    setImmediate(() => pauseIfWaiting(socket, connections));
    responseAhead.once('close', async () => {
      if (connections.countWaiting(socket) === 0) socket.resume();
      await pipelined.next();
      serve(request, response);
    });
  });
  server.on('checkContinue', (request, response) => {
    request.isContinueAwaited = true;
    server.emit('request', request, response);
  });
  // Other expectations than 100-continue may be ignored (RFC 9110, section 10.1.1). Node would send an empty 417.
  server.on('checkExpectation', (request, response) => server.emit('request', request, response));
}

/** Waiting requests remain in memory, those behind a stream until its end, and so they must be few. */
function closeIfTooManyWait(socket: Socket, connections: Connections): boolean {
  const max = connections.isStreaming(socket) ? maxRequestsBehindStream : maxRequestsPerConnection;
  if (connections.countWaiting(socket) > max) socket.destroy();
  return socket.destroyed;
}

/** Runs after all requests of a packet are parsed, because Node resumes the socket at the end of each request. */
function pauseIfWaiting(socket: Socket, connections: Connections): void {
  if (connections.countWaiting(socket) > 0 && !connections.isStreaming(socket)) socket.pause();
}

/**
 * First accepts the connections that the operating system has already accepted, then stops listening and waits for all
 * connections. Node's own `close` would cut idle connections immediately, including those on which a request is
 * arriving.
 */
async function close(server: ServiceServer, connections: Connections, idleGraceMs: number): Promise<void> {
  const deadlineMs = performance.now() + drainTimeoutMs;
  connections.announceClose();
  await waitUntilQuiet(connections, idleGraceMs);
  const { promise: closed, resolve } = Promise.withResolvers<void>();
  NetServer.prototype.close.call(server, () => resolve());
  while (connections.openCount > 0 && performance.now() < deadlineMs) {
    await pauseSweep(idleGraceMs);
    connections.closeIdle(idleGraceMs);
  }
  server.closeAllConnections();
  await closed;
}

/** Waits until no new connection has been accepted for a while, at most for the grace period. */
async function waitUntilQuiet(connections: Connections, graceMs: number): Promise<void> {
  const deadlineMs = performance.now() + graceMs;
  let count: number;
  do {
    count = connections.acceptedCount;
    await pauseSweep(graceMs);
  } while (connections.acceptedCount > count && performance.now() < deadlineMs);
}

/** Waits, then lets the event loop read everything that has arrived. */
async function pauseSweep(graceMs: number): Promise<void> {
  await pause(Math.min(sweepIntervalMs, graceMs));
  await nextTurn();
}
