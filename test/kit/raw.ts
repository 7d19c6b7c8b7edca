// Sends bytes that `fetch` would not.

import { connect } from 'node:net';
import { expect } from 'vitest';

export type RawAnswer = { status: number; body: { code?: string; errors?: { pointer: string; detail: string }[] } };

/** Sends the bytes on a connection of their own, and answers the status and the problem that came back. */
export async function sendRaw(url: string, ...parts: (string | Uint8Array)[]): Promise<RawAnswer> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  for (const part of parts) socket.write(part);
  let answer = '';
  for await (const chunk of socket) answer += chunk;
  expect(answer).toContain('application/problem+json');
  const [head = '', body = ''] = answer.split('\r\n\r\n');
  return { status: Number(head.split(' ')[1]), body: JSON.parse(body) };
}

/** The head of a request to a path, which closes the connection. */
export function head(method: string, path: string, headers: Record<string, string | number> = {}): string {
  const lines = Object.entries({ Host: 'localhost', Connection: 'close', ...headers }).map(
    ([name, value]) => `${name}: ${value}`,
  );
  return `${method} ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`;
}
