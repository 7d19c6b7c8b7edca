// The memory of verified tokens: bounded, and never longer than a token holds.

import { expect, test } from 'vitest';
import { VerifiedTokens } from '../server/tokens/verified-tokens.ts';

const principal = (id: string) => ({ id, scopes: new Set<string>() });

test('forgets first what was used longest ago', () => {
  const tokens = new VerifiedTokens(3);
  for (const id of ['a', 'b', 'c']) tokens.add(id, principal(id), 1_000);
  tokens.find('a', 0);
  tokens.add('d', principal('d'), 1_000);
  expect(['a', 'b', 'c', 'd'].map((text) => tokens.find(text, 0)?.id)).toEqual(['a', undefined, 'c', 'd']);
  tokens.add('d', principal('d'), 1_000);
  expect(['a', 'c', 'd'].map((text) => tokens.find(text, 0)?.id)).toEqual(['a', 'c', 'd']);
});

test('knows a token until it ends, and not then', () => {
  const tokens = new VerifiedTokens(3);
  tokens.add('a', principal('a'), 1_000);
  expect([0, 999, 1_000, 0].map((nowMs) => tokens.find('a', nowMs)?.id)).toEqual(['a', 'a', undefined, undefined]);
});
