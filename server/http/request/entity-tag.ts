// Entity tags of orders: the version in quotes (RFC 9110, section 8.8.3).

import type { IncomingMessage } from 'node:http';

export function toEntityTag({ version }: { version: number }): string {
  return `"${version}"`;
}

/** Whether `If-None-Match` contains this tag, weak or strong, or is `*` (RFC 9110, section 13.1.2). */
export function matchesIfNoneMatch({ headers }: IncomingMessage, tag: string): boolean {
  const known = headers['if-none-match'];
  if (known === undefined) return false;
  return known.trim() === '*' || known.split(',').some((entry) => entry.trim().replace(/^W\//, '') === tag);
}
