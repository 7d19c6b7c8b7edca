// A token issuer: generates signing keys and publishes them on an HTTP server.

import type { RequestListener } from 'node:http';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK } from 'jose';
import type { Authentication } from '../../../server/config/authentication.ts';
import { defaultClaimSettings } from '../../../server/config/claim-settings.ts';
import { startHttpServer } from '../local-server.ts';
import { tokenAudience, tokenIssuer } from './tokens.ts';

/** A private key, its public half, and the header of tokens that it signs. */
export type IssuerKey = { key: CryptoKey; publicKey: CryptoKey; jwk: JWK; header: { alg: string; kid: string } };

export async function generateIssuerKey(kid: string, alg = 'ES256'): Promise<IssuerKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  const jwk = { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' };
  return { key: privateKey, publicKey, jwk, header: { alg, kid } };
}

export type KeyServer = AsyncDisposable & {
  /** Configuration of a service that accepts tokens signed with the published keys. */
  readonly authentication: Authentication;
  /** The number of requests so far. */
  readonly fetches: number;
  /** Replaces the published keys. */
  publish(...keys: IssuerKey[]): void;
  /** Replaces the response. */
  respondWith(listener: RequestListener): void;
};

export async function startKeyServer(...keys: IssuerKey[]): Promise<KeyServer> {
  let respond = createListener(keys);
  let fetches = 0;
  const server = await startHttpServer((request, response) => {
    fetches += 1;
    respond(request, response);
  });
  const url = `${server.url}/jwks.json`;
  return {
    authentication: {
      kind: 'key-set',
      url,
      issuer: tokenIssuer,
      audiences: [tokenAudience],
      claimSettings: defaultClaimSettings,
      maxAgeS: 86_400,
    },
    get fetches() {
      return fetches;
    },
    publish: (...published) => {
      respond = createListener(published);
    },
    respondWith: (listener) => {
      respond = listener;
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

function createListener(keys: IssuerKey[]): RequestListener {
  const body = JSON.stringify({ keys: keys.map(({ jwk }) => jwk) });
  return (_request, response) => response.setHeader('content-type', 'application/jwk-set+json').end(body);
}
