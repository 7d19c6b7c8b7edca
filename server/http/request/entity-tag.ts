// Entity tags of orders: the version in quotes (RFC 9110, section 8.8.3).

import type { IncomingMessage } from 'node:http';

/** Returns the strong entity tag of a version. */
export function toEntityTag({ version }: { version: number }): string {
  return `"${version}"`;
}

/** Returns whether `If-None-Match` contains this tag, weak or strong, or is `*` (RFC 9110, section 13.1.2). */
export function matchesIfNoneMatch({ headers }: IncomingMessage, tag: string): boolean {
  const condition = headers['if-none-match'];
  if (condition === undefined) return false;
  return condition.trim() === '*' || condition.split(',').some((entry) => entry.trim().replace(/^W\//, '') === tag);
}
