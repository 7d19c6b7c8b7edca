// An issuer of tokens: keys, and a real server that publishes them, or answers something else.

import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK } from 'jose';
import type { Authentication } from '../../server/config/authentication.ts';
import { tokenAudience, tokenIssuer } from './tokens.ts';

/** A key, and the header of tokens that are signed with it. */
export type IssuerKey = { key: CryptoKey; publicKey: CryptoKey; jwk: JWK; header: { alg: string; kid: string } };

export async function generateIssuerKey(kid: string, alg = 'ES256'): Promise<IssuerKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  const jwk = { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' };
  return { key: privateKey, publicKey, jwk, header: { alg, kid } };
}

export type KeyServer = AsyncDisposable & {
  /** The configuration of a service that takes tokens signed with the keys that are published. */
  readonly authentication: Authentication;
  /** How often it was asked. */
  readonly fetches: number;
  publish(...keys: IssuerKey[]): void;
  /** Answers otherwise from now on. */
  respondWith(listener: RequestListener): void;
};

export async function startKeyServer(...keys: IssuerKey[]): Promise<KeyServer> {
  let answer = listenerFor(keys);
  let fetches = 0;
  const server = createServer((request, response) => {
    fetches += 1;
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks.json`;
  return {
    authentication: { kind: 'key-set', url, issuer: tokenIssuer, audience: tokenAudience, maxAgeS: 86_400 },
    get fetches() {
      return fetches;
    },
    publish: (...published) => {
      answer = listenerFor(published);
    },
    respondWith: (listener) => {
      answer = listener;
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function listenerFor(keys: IssuerKey[]): RequestListener {
  const body = JSON.stringify({ keys: keys.map(({ jwk }) => jwk) });
  return (_request, response) => response.setHeader('content-type', 'application/jwk-set+json').end(body);
}
