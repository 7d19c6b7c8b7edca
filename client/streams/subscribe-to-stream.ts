// Opens the stream of an operation.

import { ConnectionError } from '../errors.ts';
import type { RequestInfo, StreamOptions } from '../options.ts';
import { buildRequest, type FlatInput } from '../request/build-request.ts';
import { type ApiOperation, type ClientContext, toUrl } from '../request/execute.ts';
import { addToken, createHeaders } from '../request/headers.ts';
import { isEventStream, type ReadResponse, toError, toResponseInfo } from '../request/response.ts';
import { readStream } from './stream.ts';

/** Returns the messages of a stream without end. See `readStream`. */
export function subscribeToStream(
  { options: clientOptions, environment }: ClientContext,
  { name, route }: ApiOperation,
  input: FlatInput,
  options: StreamOptions,
): AsyncGenerator<unknown, void, void> {
  const { onRequest, onResponse, fetch: send = globalThis.fetch } = clientOptions;
  let attempt = 0;
  const connect = async (lastEventId: string | undefined, signal: AbortSignal) => {
    const url = toUrl(clientOptions, buildRequest(route, input).path);
    const resumption = lastEventId === undefined ? undefined : { 'last-event-id': lastEventId };
    const standard = { isStream: true, hasBody: false, clientHeaders: clientOptions.headers };
    const headers = createHeaders({ ...standard, ownHeaders: [resumption, options.headers] });
    await addToken(headers, clientOptions);
    attempt += 1;
    const info: RequestInfo = { operation: name, method: route.method, url, headers, attempt };
    await onRequest?.(info);
    const startMs = environment.now();
    const { body, ...response } = await requestStream(send, info, signal);
    const nowMs = environment.now();
    await onResponse?.(toResponseInfo(info, response, nowMs - startMs));
    if (!body) throw toError(response, { attempt: 1, nowMs });
    return body;
  };
  return readStream({ ...options, environment, connect });
}

/** A response. `body`: of a stream, which is not read yet. */
type StreamResponse = ReadResponse & { body?: ReadableStream<Uint8Array> };

/** Sends the request of a stream. Returns its body as soon as the headers are received, or any other response. */
async function requestStream(
  send: typeof fetch,
  { method, url, headers }: RequestInfo,
  signal: AbortSignal,
): Promise<StreamResponse> {
  try {
    const response = await send(url, { method, headers, signal });
    const head = { status: response.status, headers: response.headers };
    if (isEventStream(response) && response.body) return { ...head, text: '', body: response.body };
    return { ...head, text: await response.text() };
  } catch (cause) {
    throw new ConnectionError(`no response from ${method} ${url}`, { cause });
  }
}
