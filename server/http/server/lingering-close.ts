// Lingering close: closes a connection so that the last response arrives. If data is still incoming, closing makes the
// operating system reset the connection, and the client may lose the response.

import { Socket } from 'node:net';
import type { ServiceRequest, ServiceResponse } from '../request/request.ts';

/** How long the client may take to read the response and to close, in milliseconds. */
const lingerMs = 2_000;

const closingSockets = new WeakSet<Socket>();

/**
 * Returns whether the last response of a connection has been determined. Requests behind it must not be processed (RFC
 * 9112, section 9.6).
 */
export function isClosing(socket: Socket): boolean {
  return closingSockets.has(socket);
}

/** Makes the next response of a connection its last. */
export function beginClosing(socket: Socket): void {
  closingSockets.add(socket);
}

/** Sends the remaining data, half-closes, and discards input until the client closes or the timeout passes. */
export function closeLingering(socket: Socket, lastData = ''): void {
  if (socket.writableEnded || socket.destroyed) return;
  closingSockets.add(socket);
  socket.end(lastData);
  socket.resume();
  const timer = setTimeout(() => socket.destroy(), lingerMs).unref();
  socket.once('close', () => clearTimeout(timer));
}

/** An unread body up to this size is discarded to keep the connection open. */
const maxDiscardedBytes = 65_536;

/**
 * Prepares a response that is sent before the body has arrived. The connection closes if the body is long or of unknown
 * length, or if the client is waiting for `100 Continue` and may or may not send the body (RFC 9110, section 10.1.1).
 */
export function prepareEarlyResponse(request: ServiceRequest, response: ServiceResponse): void {
  if (request.complete) return;
  const { socket } = request;
  if (request.isContinueAwaited || countRemainingBytes(request) > maxDiscardedBytes) closingSockets.add(socket);
  if (closingSockets.has(socket)) response.setHeader('Connection', 'close');
  // Node calls this after a response that closes the connection, and would close immediately.
  socket.destroySoon = () => (request.complete ? Socket.prototype.destroySoon.call(socket) : closeLingering(socket));
  request.resume();
}

function countRemainingBytes({ headers }: ServiceRequest): number {
  if (headers['transfer-encoding'] !== undefined) return Number.POSITIVE_INFINITY;
  return Number(headers['content-length'] ?? 0);
}
