// Errors that Node reports before there is a request or while its body arrives. They are sent as problems, and never in
// the middle of another response.

import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { Logger } from 'pino';
import { createInvalidRequestProblem, createProblem, type RequestProblem } from '../../domain/problem.ts';
import { apiHeaders } from '../guards/security-headers.ts';
import { renderProblem } from '../problems/render-problem.ts';
import { createTruncatedProblem } from '../request/body-bytes.ts';
import type { RenderedResponse, ServiceRequest, ServiceServer } from '../request/request.ts';
import type { Connections } from './connections.ts';
import { maxHeaderBytes, maxHeaders, maxUriLength } from './limits.ts';
import { beginClosing, closeLingering } from './lingering-close.ts';

/** An error in the bytes that a client sent. */
type ClientError = Error & { code?: string; rawPacket?: Buffer; bytesParsed?: number };

/** `isHead`: the response must have no body (RFC 9110, section 9.3.2). */
type ErrorContext = { reason: string; isHead?: boolean };

/** Connections with unparsable bytes. Nothing that follows on them is processed. */
const unreadable = new WeakSet<Socket>();

/** Whether unparsable bytes follow the requests of a connection. */
export function isUnreadable(socket: Socket): boolean {
  return unreadable.has(socket);
}

/** Sends problems for parser errors, timeouts and CONNECT requests. */
export function handleClientErrors(
  server: ServiceServer,
  connections: Connections,
  { log, basePath }: { log: Logger; basePath: string },
): void {
  const context = { log, basePath };
  server.on('clientError', (error: ClientError, stream) => {
    const socket = stream as Socket;
    // Bytes after a rejected request are ignored.
    if (socket.writableEnded) return;
    const reason = error.code ?? error.message;
    if (expectsNoResponse(socket, reason) || connections.isStreaming(socket)) return void socket.destroy();
    unreadable.add(socket);
    const request = connections.findLatestRequest(socket);
    if (request && !request.complete) return rejectBody(request, toProblem(error), connections);
    connections.whenIdle(socket, () =>
      sendRawProblem(socket, toProblem(error), { reason, isHead: isHead(error) }, context),
    );
  });

  // Node would close the connection without a response. No route supports CONNECT (RFC 9110, section 9.3.6).
  server.on('connect', (_request, stream) => {
    const socket = stream as Socket;
    const problem = createProblem('method-not-allowed', 'The service is not a proxy.', { allow: [] });
    connections.whenIdle(socket, () => sendRawProblem(socket, problem, { reason: 'CONNECT' }, context));
  });
}

/** A connection that is lost, or that was opened in advance and never used: no byte of a request has arrived on it. */
function expectsNoResponse(socket: Socket, reason: string): boolean {
  const isUnused = reason === 'ERR_HTTP_REQUEST_TIMEOUT' && socket.bytesRead === 0;
  return isUnused || !socket.writable || /^(ECONN|EPIPE)/.test(reason);
}

/**
 * A handler that waits for the body, or asks for it later, sends the response. Otherwise the connection closes after
 * the pending responses.
 */
function rejectBody(request: ServiceRequest, error: RequestProblem, connections: Connections): void {
  const { socket } = request;
  request.bodyError = error;
  if (request.rejectBody) {
    beginClosing(socket);
    request.rejectBody(error);
  } else {
    connections.whenIdle(socket, () => closeLingering(socket));
  }
}

function sendRawProblem(
  socket: Socket,
  problem: RequestProblem,
  { reason, isHead = false }: ErrorContext,
  { log, basePath }: { log: Logger; basePath: string },
): void {
  if (!socket.writable) return;
  const id = randomUUID();
  const { remoteAddress } = socket;
  const answer = renderProblem(problem, { basePath, pathname: undefined, id });
  closeLingering(socket, renderRawResponse(answer, id, isHead));
  const statusCode = answer.status;
  log.info({ req: { id, remoteAddress }, res: { statusCode }, reason }, `unparsable request ${statusCode}`);
}

function toProblem(error: ClientError): RequestProblem {
  switch (error.code) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return createProblem('request-timeout', 'The request did not arrive in time.', {});
    case 'HPE_HEADER_OVERFLOW':
      if (isRequestLineTooLong(error))
        return createProblem('uri-too-long', 'The request target is too long.', { maxUriLength });
      return createProblem('headers-too-large', 'The headers are too large.', { maxHeaders, maxHeaderBytes });
    case 'HPE_INVALID_EOF_STATE':
      return createTruncatedProblem();
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return createInvalidRequestProblem([{ pointer: '', detail: 'has chunk extensions that are too large' }]);
    default:
      return createInvalidRequestProblem([{ pointer: '', detail: `is not HTTP: ${describeParseError(error)}` }]);
  }
}

/** Returns the parser's message in lower case, without any text of the client. */
function describeParseError({ message }: ClientError): string {
  const [, reason = 'the request cannot be parsed'] = /^Parse Error: (.+)$/.exec(message) ?? [];
  return reason.charAt(0).toLowerCase() + reason.slice(1);
}

/**
 * Whether the request line exceeds the header limit. Node passes only the last bytes: if they show neither the
 * beginning nor the end of the line, the error counts as a header error.
 */
function isRequestLineTooLong({ rawPacket, bytesParsed = 0 }: ClientError): boolean {
  if (!rawPacket) return false;
  if (rawPacket.toString('latin1', bytesParsed, bytesParsed + ' HTTP/'.length) === ' HTTP/') return true;
  const [line = ''] = rawPacket.toString('latin1', 0, maxHeaderBytes).split('\n', 1);
  return line.length > maxUriLength && /^[A-Z]+ /.test(line);
}

/** Whether the last bytes are the start of a HEAD request. Node passes no others. */
function isHead({ rawPacket }: ClientError): boolean {
  return rawPacket?.toString('latin1', 0, 'HEAD '.length) === 'HEAD ';
}

/** Renders a complete response (RFC 9112, section 2.1), after which the connection closes. */
function renderRawResponse({ status, headers, body }: RenderedResponse, requestId: string, isHead: boolean): string {
  const lines = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    ...[...Object.entries(headers), ...apiHeaders].map(([name, value]) => `${name}: ${value}`),
    `Content-Length: ${Buffer.byteLength(body)}`,
    `X-Request-Id: ${requestId}`,
    `Date: ${new Date().toUTCString()}`,
    'Cache-Control: no-store',
    'Connection: close',
  ];
  return `${lines.join('\r\n')}\r\n\r\n${isHead ? '' : body}`;
}
