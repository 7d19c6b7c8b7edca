// Closes connections so that the last answer on them arrives: what is closed while bytes are still coming in is reset
// by the system, and a reset lets the other side forget what it has not read yet.

import { Socket } from 'node:net';
import type { ServiceRequest, ServiceResponse } from '../request/request.ts';

/** How long the other side may take to read the answer and to close, in milliseconds. */
const lingerMs = 2_000;

const closing = new WeakSet<Socket>();

/** Whether the last answer of a connection is given: what comes behind it must not be done (RFC 9112, section 9.6). */
export function isClosing(socket: Socket): boolean {
  return closing.has(socket);
}

/** Makes the next answer of a connection its last. */
export function beginClosing(socket: Socket): void {
  closing.add(socket);
}

/**
 * Sends what is left to send, then nothing more; reads on, for nobody, until the other side closes or the time is up.
 */
export function closeLingering(socket: Socket, lastWords = ''): void {
  if (socket.writableEnded || socket.destroyed) return;
  closing.add(socket);
  socket.end(lastWords);
  socket.resume();
  const timer = setTimeout(() => socket.destroy(), lingerMs).unref();
  socket.once('close', () => clearTimeout(timer));
}

/** A rest of a body that is worth reading, for nobody, to keep the connection. */
const readableRestBytes = 65_536;

/**
 * Prepares the end of an answer that comes before the body has. The connection is closed where the body is long or of
 * unknown length, and where the caller waits to be told to send it, and may now do so or not (RFC 9110, section
 * 10.1.1).
 */
export function prepareEarlyResponse(request: ServiceRequest, response: ServiceResponse): void {
  if (request.complete) return;
  const { socket } = request;
  if (request.isContinueAwaited || countRemainingBytes(request) > readableRestBytes) closing.add(socket);
  if (closing.has(socket)) response.setHeader('Connection', 'close');
  // Node calls this where it has sent an answer that closes, and would close at once.
  socket.destroySoon = () => (request.complete ? Socket.prototype.destroySoon.call(socket) : closeLingering(socket));
  request.resume();
}

function countRemainingBytes({ headers }: ServiceRequest): number {
  if (headers['transfer-encoding'] !== undefined) return Number.POSITIVE_INFINITY;
  return Number(headers['content-length'] ?? 0);
}
