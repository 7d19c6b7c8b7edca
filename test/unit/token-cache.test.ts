// The memory of verified tokens: bounded, and never longer than a token holds.

import { expect, test } from 'vitest';
import { TokenCache } from '../../server/auth/token-cache.ts';

const principal = (id: string) => ({ id, scopes: new Set<string>(), expiresAtMs: 0 });

test('forgets first what was used longest ago, and keeps the half that was used last', () => {
  const tokens = new TokenCache(4);
  for (const id of ['a', 'b', 'c']) tokens.add(id, principal(id), 1_000);
  tokens.find('a', 0);
  tokens.add('d', principal('d'), 1_000);
  expect(['b', 'd', 'a'].map((text) => tokens.find(text, 0)?.id)).toEqual([undefined, 'd', 'a']);
  for (const id of ['e', 'f', 'g']) tokens.add(id, principal(id), 1_000);
  expect(['a', 'd', 'f', 'g'].map((text) => tokens.find(text, 0)?.id)).toEqual([undefined, undefined, 'f', 'g']);
});

test('knows a token until it ends, and not then', () => {
  const tokens = new TokenCache(3);
  tokens.add('a', principal('a'), 1_000);
  expect([0, 999, 1_000].map((nowMs) => tokens.find('a', nowMs)?.id)).toEqual(['a', 'a', undefined]);
});
