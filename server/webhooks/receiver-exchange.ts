// Sends one request to a receiver and reads the response. Only the response head is used. No response, and no missing
// response, leaves a socket open.

import type { ClientRequest, IncomingMessage } from 'node:http';
import { DeliveryError, notHttpMessage } from './delivery-error.ts';

/** The most of a response body that is read, in bytes and milliseconds, so that its connection can be reused. */
const maxBodyBytes = 65_536;
const maxBodyMs = 1_000;
/** The most interim responses before the final response (RFC 9110, section 15.2). */
const maxInterimResponses = 16;

/** The receiver closed a kept-alive connection before it sent any byte. The request may be sent on another one. */
export class StaleConnectionError extends Error {
  override readonly name = 'StaleConnectionError';
}

/**
 * Sends the request and resolves with the response when its head is complete.
 * @throws StaleConnectionError the request can be retried on a new connection
 * @throws DeliveryError the response is not usable
 */
export async function sendAndAwaitHead(
  request: ClientRequest,
  body: Uint8Array,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const fail = (error: unknown) => {
    reject(error);
    request.destroy();
  };
  let interimCount = 0;
  request.on('information', () => {
    interimCount += 1;
    if (interimCount > maxInterimResponses) {
      fail(new DeliveryError('The receiver sent too many interim responses (1xx).'));
    }
  });
  request.on('upgrade', () => fail(new DeliveryError('The receiver switched to another protocol (101).')));
  request.on('response', (response) =>
    hasValidStatus(response) ? resolve(response) : fail(new DeliveryError(notHttpMessage)),
  );
  const isStale = createStaleConnectionCheck(request);
  // Never removed: the request can fail after its response was received.
  request.on('error', (error) => {
    fail(isStale(error) ? new StaleConnectionError('the connection was closed', { cause: error }) : error);
  });
  const onAbort = () => fail(signal.reason);
  signal.addEventListener('abort', onAbort);
  try {
    if (signal.aborted) onAbort();
    else request.end(body);
    return await promise;
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

/** Node parses any three digits; only 100 to 599 are valid (RFC 9110, section 15). */
function hasValidStatus({ statusCode = 0 }: IncomingMessage): boolean {
  return statusCode >= 100 && statusCode <= 599;
}

/** Returns a function that decides whether an error means that a reused connection was closed without a response. */
function createStaleConnectionCheck(request: ClientRequest): (error: NodeJS.ErrnoException) => boolean {
  let bytesReadBefore = 0;
  request.once('socket', (socket) => {
    bytesReadBefore = socket.bytesRead;
  });
  return ({ code }) =>
    (code === 'ECONNRESET' || code === 'EPIPE') &&
    request.reusedSocket &&
    request.socket?.bytesRead === bytesReadBefore;
}

/**
 * Reads and discards the response body. Closes the connection if the body is too long or too slow, or if the receiver
 * responded before it read the whole request.
 */
export async function drain(response: IncomingMessage, request: ClientRequest, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const closeConnection = () => {
    request.destroy();
    resolve();
  };
  let bytes = 0;
  response.on('data', (chunk: Uint8Array) => {
    bytes += chunk.byteLength;
    if (bytes > maxBodyBytes) closeConnection();
  });
  response.once('end', () => (request.writableFinished ? resolve() : closeConnection()));
  response.on('error', closeConnection);
  // Unexpected bytes after a response can close the connection without any event on the response.
  request.once('close', resolve);
  const timer = setTimeout(closeConnection, maxBodyMs);
  signal.addEventListener('abort', closeConnection);
  if (signal.aborted || request.destroyed) closeConnection();
  await promise;
  clearTimeout(timer);
  signal.removeEventListener('abort', closeConnection);
}
