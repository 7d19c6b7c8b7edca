// One request to a receiver, and its answer. Of the answer only the head is looked at, and no kind of it, nor the lack
// of one, leaves a socket open.

import type { ClientRequest, IncomingMessage } from 'node:http';
import { DeliveryError, notHttpMessage } from './delivery-error.ts';

/** So much of a body is read, and for so long, that its connection can be used again. */
const maxBodyBytes = 65_536;
const maxBodyMs = 1_000;
/** So many answers may come before the answer (RFC 9110, section 15.2). */
const maxInterim = 16;

/** A connection that was kept, and that the receiver has closed before anything was said on it: nobody is to blame. */
export class StaleConnectionError extends Error {
  override readonly name = 'StaleConnectionError';
}

/**
 * Sends the request, and waits for the head of the answer.
 * @throws StaleConnectionError another connection may do
 */
export async function sendAndAwaitHead(
  request: ClientRequest,
  body: Uint8Array,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const refuse = (error: unknown) => {
    reject(error);
    request.destroy();
  };
  let interim = 0;
  request.on('information', () => {
    interim += 1;
    if (interim > maxInterim) refuse(new DeliveryError('The answer does not come to its end (1xx).'));
  });
  request.on('upgrade', () => refuse(new DeliveryError('The receiver wants to speak another protocol (101).')));
  request.on('response', (response) =>
    hasStatus(response) ? resolve(response) : refuse(new DeliveryError(notHttpMessage)),
  );
  const isStale = staleness(request);
  // It stays, since a request can still fail when its answer is there.
  request.on('error', (error) => {
    refuse(isStale(error) ? new StaleConnectionError('the connection was closed', { cause: error }) : error);
  });
  const giveUp = () => refuse(signal.reason);
  signal.addEventListener('abort', giveUp);
  try {
    if (signal.aborted) giveUp();
    else request.end(body);
    return await promise;
  } finally {
    signal.removeEventListener('abort', giveUp);
  }
}

/** Any three digits can be parsed, and only some are a status (RFC 9110, section 15). */
function hasStatus({ statusCode = 0 }: IncomingMessage): boolean {
  return statusCode >= 100 && statusCode <= 599;
}

/** Tells of an error of the request whether its connection was kept, and closed before anything came back on it. */
function staleness(request: ClientRequest): (error: NodeJS.ErrnoException) => boolean {
  let bytesBefore = 0;
  request.once('socket', (socket) => {
    bytesBefore = socket.bytesRead;
  });
  return ({ code }) =>
    (code === 'ECONNRESET' || code === 'EPIPE') && request.reusedSocket && request.socket?.bytesRead === bytesBefore;
}

/**
 * Reads the body and throws it away. One that is too long or too slow costs the connection, as does a request that the
 * receiver has answered without reading it.
 */
export async function drain(response: IncomingMessage, request: ClientRequest, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const cut = () => {
    request.destroy();
    resolve();
  };
  let bytes = 0;
  response.on('data', (chunk: Uint8Array) => {
    bytes += chunk.byteLength;
    if (bytes > maxBodyBytes) cut();
  });
  response.once('end', () => (request.writableFinished ? resolve() : cut()));
  response.on('error', cut);
  // What follows an answer that has no question can close a connection without a word to those who read it.
  request.once('close', resolve);
  const timer = setTimeout(cut, maxBodyMs);
  signal.addEventListener('abort', cut);
  if (signal.aborted || request.destroyed) cut();
  await promise;
  clearTimeout(timer);
  signal.removeEventListener('abort', cut);
}
