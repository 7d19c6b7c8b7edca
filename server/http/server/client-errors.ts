// What Node refuses by itself, before there is a request or while its body comes in: answered as a problem, like
// everything else, and never in the midst of another answer.

import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { Logger } from 'pino';
import { createProblem, invalidRequest, type RequestProblem } from '../../domain/problem.ts';
import { apiHeaders } from '../guards/security-headers.ts';
import { renderProblem } from '../problems/render-problem.ts';
import type { RenderedResponse, ServiceRequest, ServiceServer } from '../request/request.ts';
import { chooseRequestId } from '../request/request-context.ts';
import type { Connections } from './connections.ts';
import { maxHeaderBytes, maxHeaders, maxUriLength } from './limits.ts';
import { beginClosing, closeLingering } from './lingering-close.ts';

/** What Node tells of an error in what a client sends. */
type ClientError = Error & { code?: string; rawPacket?: Buffer; bytesParsed?: number };

/** What is known of what is refused. `isHead`: its answer must have no body (RFC 9110, section 9.3.2). */
type Circumstances = { reason: string; id?: string; isHead?: boolean };

/** Connections on which something came that cannot be read: nothing that comes later will be. */
const unreadable = new WeakSet<Socket>();

/** Whether there is anything behind the requests of a connection that cannot be read. */
export function isUnreadable(socket: Socket): boolean {
  return unreadable.has(socket);
}

/** Answers with problems what Node's parser refuses, what does not arrive in time, and tunnels. */
export function handleClientErrors(server: ServiceServer, connections: Connections, log: Logger): void {
  server.on('clientError', (error: ClientError, stream) => {
    const socket = stream as Socket;
    // Whatever follows what has been refused is refused as well, without a word.
    if (socket.writableEnded) return;
    const reason = error.code ?? error.message;
    if (!socket.writable || /^(ECONN|EPIPE)/.test(reason)) return void socket.destroy();
    if (connections.isStreaming(socket)) return void socket.destroy();
    unreadable.add(socket);
    const request = connections.latestRequest(socket);
    if (request && !request.complete) return rejectBody(request, toProblem(error), connections);
    connections.whenIdle(socket, () =>
      sendRawProblem(socket, toProblem(error), { reason, isHead: isHead(error) }, log),
    );
  });

  // Node would close without a word. No path has this method, and it has no path (RFC 9110, section 9.3.6).
  server.on('connect', (request, stream) => {
    const socket = stream as Socket;
    const refusal = createProblem('method-not-allowed', 'This service is no proxy.', { allow: [] });
    connections.whenIdle(socket, () =>
      sendRawProblem(socket, refusal, { reason: 'CONNECT', id: chooseRequestId(request) }, log),
    );
  });
}

/**
 * Whoever waits for the body has an answer to give, and so has whoever asks for it later; else there is one without.
 */
function rejectBody(request: ServiceRequest, fault: RequestProblem, connections: Connections): void {
  const { socket } = request;
  request.bodyError = fault;
  if (request.rejectBody) {
    beginClosing(socket);
    request.rejectBody(fault);
  } else {
    connections.whenIdle(socket, () => closeLingering(socket));
  }
}

function sendRawProblem(
  socket: Socket,
  refusal: RequestProblem,
  { reason, id = randomUUID(), isHead = false }: Circumstances,
  log: Logger,
): void {
  if (!socket.writable) return;
  const { remoteAddress } = socket;
  const answer = renderProblem(refusal, '', id);
  closeLingering(socket, renderRawResponse(answer, id, isHead));
  const statusCode = answer.status;
  log.info({ req: { id, remoteAddress }, res: { statusCode }, reason }, `unreadable request ${statusCode}`);
}

function toProblem(error: ClientError): RequestProblem {
  switch (error.code) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return createProblem('request-timeout', 'The request did not arrive in time.', {});
    case 'HPE_HEADER_OVERFLOW':
      if (isRequestLineTooLong(error))
        return createProblem('uri-too-long', 'The address is too long.', { maxUriLength });
      return createProblem('headers-too-large', 'The headers are too large.', { maxHeaders, maxHeaderBytes });
    case 'HPE_INVALID_EOF_STATE':
      return invalidRequest([{ pointer: '', detail: 'ends before its end' }]);
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return invalidRequest([{ pointer: '', detail: 'has chunk extensions that are too large' }]);
    default:
      return invalidRequest([{ pointer: '', detail: `is not HTTP: ${describeParseError(error)}` }]);
  }
}

/** What the parser says, in the middle of a sentence; nothing of what the client has sent. */
function describeParseError({ message }: ClientError): string {
  const [, reason = 'it cannot be read'] = /^Parse Error: (.+)$/.exec(message) ?? [];
  return reason.charAt(0).toLowerCase() + reason.slice(1);
}

/**
 * Whether it is the request line that has outgrown the head. Node tells only the bytes that came last: where they
 * neither begin the line nor show its end, it counts as a header.
 */
function isRequestLineTooLong({ rawPacket, bytesParsed = 0 }: ClientError): boolean {
  if (!rawPacket) return false;
  if (rawPacket.toString('latin1', bytesParsed, bytesParsed + ' HTTP/'.length) === ' HTTP/') return true;
  const [line = ''] = rawPacket.toString('latin1', 0, maxHeaderBytes).split('\n', 1);
  return line.length > maxUriLength && /^[A-Z]+ /.test(line);
}

/** As far as the bytes that came last show it. */
function isHead({ rawPacket }: ClientError): boolean {
  return rawPacket?.toString('latin1', 0, 'HEAD '.length) === 'HEAD ';
}

/** A whole response (RFC 9112, section 2.1), after which the connection closes. */
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
