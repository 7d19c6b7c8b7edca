// Request heads as text. Other helpers import vitest, which a child process cannot.

/** Formats the head of a request on a connection that stays open. */
export function formatHead(path: string, headers: Readonly<Record<string, string>>, method = 'GET'): string {
  const lines = Object.entries({ Host: 'localhost', ...headers }).map(([name, value]) => `${name}: ${value}`);
  return `${method} ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`;
}
