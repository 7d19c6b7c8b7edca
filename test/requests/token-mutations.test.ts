// Mutations of valid tokens: each is rejected by the authenticator, and a part of them also over HTTP.

import fc from 'fast-check';
import { pino } from 'pino';
import { afterAll, describe, expect, test } from 'vitest';
import { Authenticator } from '../../server/auth/authenticator.ts';
import { createToken, secretAuthentication, toBearerHeader } from '../kit/http/tokens.ts';
import { startAuthenticatedApp } from '../kit/service/app.ts';

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
// The same seed makes the same tokens on any day.
const nowMs = Date.parse('2026-05-04T10:00:00Z');
const environment = { now: () => nowMs };
const options = {
  authentication: secretAuthentication,
  log: pino({ level: 'silent' }),
  keySetTimeoutMs: 1_000,
  ...environment,
};
const authenticator = await Authenticator.open(options);
const otherClaims = { sub: 'ben', scope: 'orders:read', extra: 'x' };
const validTokens = [await createToken({ nowMs }), await createToken({ nowMs, claims: otherClaims })];

afterAll(() => authenticator[Symbol.dispose]());

type Mutation = (token: string) => string;

const alphabet = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'];
const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const decode = (part: string): object => JSON.parse(Buffer.from(part, 'base64url').toString());
const position = fc.nat(1_000);

function splice(token: string, at: number, removed: number, inserted: string): string {
  const index = at % token.length;
  return token.slice(0, index) + inserted + token.slice(index + removed);
}

function mutateParts(change: (parts: string[]) => unknown[]): Mutation {
  return (token) => change(token.split('.')).join('.');
}

const anyText = fc.oneof(fc.constantFrom(...alphabet, '.', '=', '+', '/', ' ', '%', ','), fc.string({ maxLength: 5 }));
const anyClaims = fc.record(
  {
    sub: fc.oneof(fc.constantFrom('admin', 'ann', ''), fc.string()),
    scope: fc.constantFrom('orders:approve', 'orders:read orders:write orders:approve webhooks:manage'),
    exp: fc.oneof(fc.integer(), fc.constant(9e9), fc.double()),
    iat: fc.integer(),
    aud: fc.oneof(fc.string(), fc.array(fc.string())),
  },
  { requiredKeys: [] },
);
const anyHeader = fc.record(
  {
    alg: fc.constantFrom('none', 'None', 'HS384', 'HS512', 'RS256', 'ES256', 'EdDSA', '', 'dir', 'A128KW'),
    kid: fc.string(),
    typ: fc.string(),
    crit: fc.array(fc.string(), { maxLength: 2 }),
    b64: fc.boolean(),
    zip: fc.constant('DEF'),
    jwk: fc.constant({ kty: 'oct', k: Buffer.from('z'.repeat(32)).toString('base64url') }),
    jku: fc.webUrl(),
  },
  { requiredKeys: [] },
);

const anyMutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.tuple(position, anyText).map(
    ([at, text]): Mutation =>
      (token) =>
        splice(token, at, text.length, text),
  ),
  fc.tuple(position, anyText).map(
    ([at, text]): Mutation =>
      (token) =>
        splice(token, at, 0, text),
  ),
  fc.tuple(position, fc.integer({ min: 1, max: 50 })).map(
    ([at, n]): Mutation =>
      (token) =>
        splice(token, at, n, ''),
  ),
  // The last character of each part. Some of its bits are unused in base64url.
  fc
    .tuple(fc.nat(2), fc.constantFrom(...alphabet))
    .map(([which, letter]) =>
      mutateParts((parts) => parts.map((part, index) => (index === which ? part.slice(0, -1) + letter : part))),
    ),
  fc
    .shuffledSubarray([0, 1, 2, 2], { minLength: 1 })
    .map((order) => mutateParts((parts) => order.map((index) => parts[index]))),
  anyClaims.map((claims) =>
    mutateParts(([header, payload = '', signature]) => [header, encode({ ...decode(payload), ...claims }), signature]),
  ),
  anyHeader.map((changes) =>
    mutateParts(([header = '', payload, signature]) => [encode({ ...decode(header), ...changes }), payload, signature]),
  ),
  fc.constantFrom('', 'AAAA', 'null').map((signature) => mutateParts((parts) => [parts[0], parts[1], signature])),
  fc.constant(
    mutateParts(([, payload, signature]) => [validTokens[1]?.split('.')[0], payload, signature?.toLowerCase()]),
  ),
  fc
    .uint8Array({ minLength: 32, maxLength: 32 })
    .map((bytes) => mutateParts((parts) => [parts[0], parts[1], Buffer.from(bytes).toString('base64url')])),
);

/** Leading spaces are not part of a token, because several may follow the scheme (RFC 9110, section 11.4). */
const isValid = (token: string) => validTokens.includes(token.replace(/^ +/, ''));

/** A mutated token that differs from the valid ones in at least one byte. */
const anyMutant = fc
  .tuple(fc.constantFrom(...validTokens), anyMutation)
  .map(([token, mutate]) => mutate(token))
  .filter((token) => !isValid(token));

describe(`a mutated token (SEED=${seed})`, () => {
  test('10,000 mutated tokens are rejected while the valid ones are cached', async () => {
    const property = fc.asyncProperty(anyMutant, async (token) => {
      const isRejected = await authenticator.authenticate(`Bearer ${token}`).then(
        () => false,
        (reason: { code: string }) => reason.code === 'unauthenticated',
      );
      expect(isRejected, token).toBe(true);
      expect(authenticator.findCached(`Bearer ${token}`)).toBeUndefined();
    });
    for (const token of validTokens) await authenticator.authenticate(`Bearer ${token}`);
    await fc.assert(property, { seed, numRuns: 10_000 });
  });

  test('mutated tokens are rejected over HTTP', async () => {
    await using app = await startAuthenticatedApp({ environment });
    const sendable = anyMutant.filter((token) => /^[\x21-\x7e]*$/.test(token));
    const property = fc.asyncProperty(sendable, async (token) => {
      const response = await fetch(`${app.url}/stats`, { headers: toBearerHeader(token) });
      expect(await response.json(), token).toMatchObject({ code: 'unauthenticated' });
    });
    for (const token of validTokens)
      expect((await app.request('/stats', { headers: toBearerHeader(token) })).status).toBe(200);
    await fc.assert(property, { seed, numRuns: 300 });
  });
});
