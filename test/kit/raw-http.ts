// Sends bytes that `fetch` would not, and reads what comes back byte by byte.

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { expect } from 'vitest';
import { anyProblem } from '../../contract/problem.ts';
import { eventStreamType } from '../../contract/stream.ts';

export type RawResponse = { status: number; headers: Record<string, string>; body: string };

export type RawProblem = { status: number; body: { code?: string; errors?: { pointer: string; detail: string }[] } };

/** Opens a connection to the service. */
export async function openSocket(url: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  await once(socket, 'connect');
  return socket;
}

/** Sends the bytes on a connection of their own, and answers the status and the problem that came back. */
export async function sendRaw(url: string, ...parts: (string | Uint8Array)[]): Promise<RawProblem> {
  const socket = await openSocket(url);
  for (const part of parts) socket.write(part);
  const [response, ...others] = parseResponses(await readToEnd(socket));
  if (!response || others.length > 0) throw new Error(`${others.length + 1} responses instead of one`);
  return { status: response.status, body: expectValidProblem(response) };
}

/** All that comes on a connection until the other side closes it. */
export async function readToEnd(socket: Socket): Promise<string> {
  let text = '';
  for await (const chunk of socket.setEncoding('latin1')) text += chunk;
  return text;
}

/** A problem that keeps every promise that is made of problems. */
export function expectValidProblem({ status, headers, body }: RawResponse): ReturnType<typeof anyProblem.parse> {
  expect(headers).toMatchObject({ 'content-type': 'application/problem+json', 'x-request-id': expect.any(String) });
  const problem: unknown = JSON.parse(body);
  expect(problem).toMatchObject({ status, requestId: headers['x-request-id'] });
  return anyProblem.parse(problem);
}

/**
 * Takes apart what a server has sent on a connection; fails where that is not a sequence of whole responses
 * (RFC 9112, section 2.1). None of them may be to a HEAD. A stream goes on to the end of the connection.
 */
export function parseResponses(text: string): RawResponse[] {
  const responses: RawResponse[] = [];
  let rest = text;
  while (rest !== '') {
    const end = rest.indexOf('\r\n\r\n');
    if (end < 0) throw new Error(`a head without an end: ${rest}`);
    const { status, headers } = headIn(rest.slice(0, end));
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

function headIn(text: string): Omit<RawResponse, 'body'> {
  const [statusLine = '', ...lines] = text.split('\r\n');
  const [, status] = /^HTTP\/1\.1 (\d{3}) [\w -]+$/.exec(statusLine) ?? [];
  if (!status) throw new Error(`no status line: ${statusLine}`);
  const headers = lines.map((line) => {
    const [, name, value = ''] = /^([\w-]+): ?(.*)$/.exec(line) ?? [];
    if (!name) throw new Error(`no header: ${line}`);
    return [name.toLowerCase(), value] as const;
  });
  return { status: Number(status), headers: Object.fromEntries(headers) };
}

/** The head of a request to a path, which closes the connection. */
export function formatRequestHead(method: string, path: string, headers: Record<string, string | number> = {}): string {
  const lines = Object.entries({ Host: 'localhost', Connection: 'close', ...headers }).map(
    ([name, value]) => `${name}: ${value}`,
  );
  return `${method} ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`;
}
