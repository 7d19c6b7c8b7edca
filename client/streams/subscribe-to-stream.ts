// Opens the stream of an operation.

import type { OrderWorkflowError } from '../errors.ts';
import { ConnectionError } from '../errors.ts';
import type { StreamOptions } from '../options.ts';
import { buildRequest, type FlatInput } from '../request/build-request.ts';
import { type ApiOperation, type ClientContext, toUrl } from '../request/execute.ts';
import { addToken, createHeaders } from '../request/headers.ts';
import { isEventStream, type ReadResponse, toError } from '../request/response.ts';
import { readStream } from './stream.ts';

/** Returns the messages of a stream without end. See `readStream`. */
export function subscribeToStream(
  { options: clientOptions, environment }: ClientContext,
  { name, route }: ApiOperation,
  input: FlatInput,
  options: StreamOptions,
): AsyncGenerator<unknown, void, void> {
  let attempt = 0;
  const connect = async (lastEventId: string | undefined, signal: AbortSignal) => {
    const url = toUrl(clientOptions, buildRequest(route, input).path);
    const resumption = lastEventId === undefined ? undefined : { 'last-event-id': lastEventId };
    const standard = { isStream: true, hasBody: false, clientHeaders: clientOptions.headers };
    const headers = createHeaders({ ...standard, ownHeaders: [resumption, options.headers] });
    await addToken(headers, clientOptions);
    attempt += 1;
    await clientOptions.onRequest?.({ operation: name, method: route.method, url, headers, attempt });
    return requestStream(clientOptions.fetch ?? globalThis.fetch, url, { method: route.method, headers, signal });
  };
  const toResponseError = (response: ReadResponse): OrderWorkflowError =>
    toError(response, { attempt: 1, nowMs: environment.now() });
  return readStream({
    ...options,
    environment,
    connect: async (lastEventId, signal) => {
      const result = await connect(lastEventId, signal);
      if (result instanceof ReadableStream) return result;
      throw toResponseError(result);
    },
  });
}

/** Sends the request of a stream. Returns its body as soon as the headers are received, or any other response. */
async function requestStream(
  send: typeof fetch,
  url: string,
  init: RequestInit,
): Promise<ReadableStream<Uint8Array> | ReadResponse> {
  try {
    const response = await send(url, init);
    if (isEventStream(response) && response.body) return response.body;
    return { status: response.status, headers: response.headers, text: await response.text() };
  } catch (cause) {
    throw new ConnectionError(`no response from ${init.method} ${url}`, { cause });
  }
}
