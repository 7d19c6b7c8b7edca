// The cache of verified tokens: its size limit and the expiry of its entries.

import { expect, test } from 'vitest';
import { TokenCache } from '../../server/auth/token-cache.ts';

const createPrincipal = (id: string) => ({ id, scopes: new Set<string>(), expiresAtMs: 0 });

test('a full token cache evicts the least recently used tokens and keeps the newer half', () => {
  const tokens = new TokenCache(4);
  for (const id of ['a', 'b', 'c']) tokens.add(id, createPrincipal(id), 1_000);
  tokens.find('a', 0);
  tokens.add('d', createPrincipal('d'), 1_000);
  expect(['b', 'd', 'a'].map((text) => tokens.find(text, 0)?.id)).toEqual([undefined, 'd', 'a']);
  for (const id of ['e', 'f', 'g']) tokens.add(id, createPrincipal(id), 1_000);
  expect(['a', 'd', 'f', 'g'].map((text) => tokens.find(text, 0)?.id)).toEqual([undefined, undefined, 'f', 'g']);
});

test('a cached token is found until it expires', () => {
  const tokens = new TokenCache(3);
  tokens.add('a', createPrincipal('a'), 1_000);
  expect([0, 999, 1_000].map((nowMs) => tokens.find('a', nowMs)?.id)).toEqual(['a', 'a', undefined]);
});
