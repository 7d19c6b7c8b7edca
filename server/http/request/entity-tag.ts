// Entity tags: the version of an order, as HTTP knows it (RFC 9110, section 8.8.3).

import type { IncomingMessage } from 'node:http';

export function toEntityTag({ version }: { version: number }): string {
  return `"${version}"`;
}

/** Whether the caller has this version: `If-None-Match` lists its tag, weak or strong, or is `*` (section 13.1.2). */
export function matchesIfNoneMatch({ headers }: IncomingMessage, tag: string): boolean {
  const known = headers['if-none-match'];
  if (known === undefined) return false;
  return known.trim() === '*' || known.split(',').some((entry) => entry.trim().replace(/^W\//, '') === tag);
}
