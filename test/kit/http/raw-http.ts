// HTTP requests as raw bytes, for requests that `fetch` does not send, and a strict parser for the responses.

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { expect } from 'vitest';
import { eventStreamType } from '../../../contract/media-types.ts';
import { anyProblem } from '../../../contract/problems/problem.ts';

export type RawResponse = { status: number; headers: Record<string, string>; body: string };

export type RawProblem = { status: number; body: { code?: string; errors?: { pointer: string; detail: string }[] } };

/** Opens a TCP connection to the service. */
export async function openSocket(url: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  await once(socket, 'connect');
  return socket;
}

/**
 * Sends bytes on a new connection, and returns the status and the problem of the only response.
 * @throws Error unless exactly one response is received, with a problem
 */
export async function sendRaw(url: string, ...parts: (string | Uint8Array)[]): Promise<RawProblem> {
  const socket = await openSocket(url);
  for (const part of parts) socket.write(part);
  const [response, ...others] = parseResponses(await readToEnd(socket));
  if (!response || others.length > 0) throw new Error(`${others.length + 1} responses instead of one`);
  return { status: response.status, body: expectValidProblem(response) };
}

/** Reads a connection until the other side closes it. */
export async function readToEnd(socket: Socket): Promise<string> {
  let text = '';
  for await (const chunk of socket.setEncoding('latin1')) text += chunk;
  return text;
}

/**
 * Checks that a response is a complete problem (RFC 9457) with a request id, and returns the problem. A replayed
 * problem has the request id of its first request.
 */
export function expectValidProblem({ status, headers, body }: RawResponse): ReturnType<typeof anyProblem.parse> {
  expect(headers).toMatchObject({ 'content-type': 'application/problem+json', 'x-request-id': expect.any(String) });
  const problem: unknown = JSON.parse(body);
  const isReplayed = headers['idempotent-replayed'] === 'true';
  expect(problem).toMatchObject({ status, requestId: isReplayed ? expect.any(String) : headers['x-request-id'] });
  return anyProblem.parse(problem);
}

/**
 * Parses the bytes that a server has sent on a connection (RFC 9112, section 2.1). An event stream extends to the end
 * of the text. Responses to HEAD requests are not supported.
 * @throws Error unless the text is a sequence of complete responses
 */
export function parseResponses(text: string): RawResponse[] {
  const responses: RawResponse[] = [];
  let rest = text;
  while (rest !== '') {
    const end = rest.indexOf('\r\n\r\n');
    if (end < 0) throw new Error(`incomplete head: ${rest}`);
    const { status, headers } = parseHead(rest.slice(0, end));
    if (headers['content-type'] === eventStreamType)
      return [...responses, { status, headers, body: rest.slice(end + 4) }];
    const length = status < 200 || status === 204 || status === 304 ? 0 : Number(headers['content-length']);
    const body = rest.slice(end + 4, end + 4 + length);
    if (body.length !== length) throw new Error(`${body.length} bytes of ${headers['content-length']}: ${text}`);
    rest = rest.slice(end + 4 + length);
    responses.push({ status, headers, body });
  }
  return responses;
}

function parseHead(text: string): Omit<RawResponse, 'body'> {
  const [statusLine = '', ...lines] = text.split('\r\n');
  const [, status] = /^HTTP\/1\.1 (\d{3}) [\w -]+$/.exec(statusLine) ?? [];
  if (!status) throw new Error(`not a status line: ${statusLine}`);
  const headers = lines.map((line) => {
    const [, name, value = ''] = /^([\w-]+): ?(.*)$/.exec(line) ?? [];
    if (!name) throw new Error(`not a header: ${line}`);
    return [name.toLowerCase(), value] as const;
  });
  return { status: Number(status), headers: Object.fromEntries(headers) };
}

/** Formats the head of a request. By default it has a `Host` and asks for the connection to be closed. */
export function formatRequestHead(method: string, path: string, headers: Record<string, string | number> = {}): string {
  const lines = Object.entries({ Host: 'localhost', Connection: 'close', ...headers }).map(
    ([name, value]) => `${name}: ${value}`,
  );
  return `${method} ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`;
}
