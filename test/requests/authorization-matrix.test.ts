// Every route of the contract with every kind of invalid or insufficient token. A rejected request changes nothing. New
// routes must be added to the table of scopes.

import type { AppRoute } from '@ts-rest/core';
import { exportSPKI } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Client, createClient } from '../../client/index.ts';
import { contract } from '../../contract/index.ts';
import { eventStreamType } from '../../contract/media-types.ts';
import type { RouteMetadata } from '../../contract/routes/route.ts';
import { scopeNames } from '../../contract/scopes.ts';
import { generateIssuerKey, type IssuerKey, type KeyServer, startKeyServer } from '../kit/http/key-server.ts';
import { buildOrder, createValidatedOrder } from '../kit/http/orders.ts';
import { listRoutes } from '../kit/http/routes.ts';
import { createToken, toBearerHeader } from '../kit/http/tokens.ts';
import { type AuthenticatedApp, startAuthenticatedApp } from '../kit/service/app.ts';
import { waitUntil } from '../kit/wait-until.ts';
import { localTargets } from '../kit/webhooks/receiver.ts';

const requiredScopes = {
  'POST /orders': 'orders:write',
  'GET /orders': 'orders:read',
  'GET /orders/:orderId': 'orders:read',
  'PUT /orders/:orderId': 'orders:write',
  'POST /orders/:orderId/validate': 'orders:write',
  'POST /orders/:orderId/approve': 'orders:approve',
  'POST /orders/:orderId/reject': 'orders:approve',
  'GET /orders/:orderId/events': 'orders:read',
  'GET /orders/:orderId/validations': 'orders:read',
  'GET /validations/:validationId': 'orders:read',
  'POST /validations/:validationId/retry': 'orders:write',
  'GET /events': 'orders:read',
  'GET /events/stream': 'orders:read',
  'POST /webhooks': 'webhooks:manage orders:read',
  'GET /webhooks': 'webhooks:manage',
  'GET /webhooks/:webhookId': 'webhooks:manage',
  'PUT /webhooks/:webhookId': 'webhooks:manage orders:read',
  'POST /webhooks/:webhookId/pause': 'webhooks:manage',
  'POST /webhooks/:webhookId/resume': 'webhooks:manage',
  'POST /webhooks/:webhookId/skip': 'webhooks:manage',
  'POST /webhooks/:webhookId/rotate-secret': 'webhooks:manage',
  'POST /webhooks/:webhookId/test': 'webhooks:manage',
  'GET /webhooks/:webhookId/deliveries': 'webhooks:manage',
  'GET /webhooks/:webhookId/deliveries/:deliveryId': 'webhooks:manage',
  'POST /webhooks/:webhookId/deliveries/:deliveryId/redeliver': 'webhooks:manage',
  'DELETE /webhooks/:webhookId': 'webhooks:manage',
  'GET /policy': 'orders:read',
  'POST /policy/check': 'orders:read',
  'GET /stats': 'orders:read',
  'GET /identity': '',
  'GET /health': null,
  'GET /health/ready': null,
  'GET /openapi.json': null,
  'GET /problems': null,
  'GET /problems/:code': null,
};

const protectedRoutes = Object.entries(requiredScopes).filter(([, scope]) => scope !== null);
const publicRoutes = Object.entries(requiredScopes).filter(([, scope]) => scope === null);

const routes = listRoutes(contract).map((route): [string, AppRoute] => [`${route.method} ${route.path}`, route]);

test('every route of the contract has the scopes of the table', () => {
  const entries = routes.map(([name, { metadata }]) => {
    const scopes = (metadata as RouteMetadata | undefined)?.scopes;
    return [name, scopes?.join(' ') ?? scopes];
  });
  expect(Object.fromEntries(entries)).toEqual(requiredScopes);
});

type Signer = Pick<IssuerKey, 'header' | 'key'> | undefined;
const rsa = await generateIssuerKey('rsa', 'RS256');
const otherRsa = await generateIssuerKey('rsa', 'RS256');

/** A kind of token that is rejected. `buildToken` returns undefined if no token is sent. */
type TokenKind = {
  buildToken: (trusted: Signer, scope: string) => Promise<string | undefined>;
  status: 401 | 403;
};

const nowS = Math.floor(Date.now() / 1_000);
const base64url = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
const withClaims =
  (claims: Record<string, unknown>): TokenKind['buildToken'] =>
  (trusted, scope) =>
    createToken({ ...trusted, claims: { scope, ...claims } });
const createUnsignedToken = async (scope: string, header: object, signature: string) => {
  const [, payload] = (await createToken({ claims: { scope } })).split('.');
  return `${base64url(header)}.${payload}.${signature}`;
};

const createTokenWithoutScope = (trusted: Signer, scope: string | undefined) =>
  createToken({ ...trusted, claims: { scope: scopeNames.filter((name) => name !== scope).join(' ') } });

const tokenKinds: Record<string, TokenKind> = {
  'a missing token': { status: 401, buildToken: async () => undefined },
  'a malformed token': { status: 401, buildToken: async () => 'let-me-in' },
  'an expired token': { status: 401, buildToken: withClaims({ exp: nowS - 60 }) },
  'a token that is not valid yet': { status: 401, buildToken: withClaims({ nbf: nowS + 600 }) },
  'a token signed with another secret': {
    status: 401,
    buildToken: (_, scope) => createToken({ key: new TextEncoder().encode('y'.repeat(40)), claims: { scope } }),
  },
  'a token signed with another private key': {
    status: 401,
    buildToken: (_, scope) => createToken({ ...otherRsa, claims: { scope } }),
  },
  'a token without a signature': {
    status: 401,
    buildToken: (trusted, scope) => createUnsignedToken(scope, trusted?.header ?? { alg: 'HS256' }, ''),
  },
  'a token with alg: none': { status: 401, buildToken: (_, scope) => createUnsignedToken(scope, { alg: 'none' }, '') },
  'a token with alg: none and a signature': {
    status: 401,
    buildToken: (_, scope) => createUnsignedToken(scope, { alg: 'none' }, 'AAAA'),
  },
  'a token with alg: NoNe': {
    status: 401,
    buildToken: (_, scope) => createUnsignedToken(scope, { alg: 'NoNe' }, 'AAAA'),
  },
  'a token with an algorithm that is not accepted': {
    status: 401,
    buildToken: (_, scope) => createToken({ header: { alg: 'HS512' }, claims: { scope } }),
  },
  'a token signed with the public key as a secret': {
    status: 401,
    buildToken: async (trusted, scope) => {
      const key = new TextEncoder().encode(await exportSPKI(rsa.publicKey));
      return createToken({ key, header: { ...trusted?.header, alg: 'HS256' }, claims: { scope } });
    },
  },
  'a token from another issuer': { status: 401, buildToken: withClaims({ iss: 'https://elsewhere.test' }) },
  'a token for another audience': { status: 401, buildToken: withClaims({ aud: ['payments', 'Orders'] }) },
  'a token without a subject': { status: 401, buildToken: withClaims({ sub: undefined }) },
  'a token without an expiry': { status: 401, buildToken: withClaims({ exp: undefined }) },
  'a token that is too old': { status: 401, buildToken: withClaims({ iat: nowS - 86_400 - 60 }) },
  'a token without the first required scope': {
    status: 403,
    buildToken: (trusted, scope) => createTokenWithoutScope(trusted, scope.split(' ')[0]),
  },
  'a token without the last required scope': {
    status: 403,
    buildToken: (trusted, scope) => createTokenWithoutScope(trusted, scope.split(' ').at(-1)),
  },
  'a token without scopes': {
    status: 403,
    buildToken: (trusted) => createToken({ ...trusted, claims: { scope: undefined } }),
  },
};

let keyServer: KeyServer;
const apps: Partial<Record<'secret' | 'key set', AuthenticatedApp>> = {};
const signers: Record<'secret' | 'key set', Signer> = { secret: undefined, 'key set': rsa };

beforeAll(async () => {
  keyServer = await startKeyServer(rsa);
  apps.secret = await startAuthenticatedApp(localTargets);
  apps['key set'] = await startAuthenticatedApp({ ...localTargets, authentication: keyServer.authentication });
  await createData(apps.secret.clientAs('ann'));
  await createData(createClient({ baseUrl: apps['key set'].url, token: () => createToken(rsa), maxRetries: 0 }));
});

/** Creates a validated order, and a webhook with a delivery. Each has the id 1. */
async function createData(client: Client): Promise<void> {
  await createValidatedOrder(client);
  await client.webhooks.create({ url: 'http://127.0.0.1:1/', types: ['order.validation_dead'] });
  await client.webhooks.test({ webhookId: 1 });
  await waitUntil(
    () => client.webhooks.delivery({ webhookId: 1, deliveryId: 1 }),
    ({ state }) => state !== 'pending',
  );
}

afterAll(async () => {
  for (const app of Object.values(apps)) await app[Symbol.asyncDispose]();
  await keyServer[Symbol.asyncDispose]();
});

function addJsonType(headers: Record<string, string>): Record<string, string> {
  return { ...headers, 'content-type': 'application/json' };
}

const bodies: Record<string, object> = {
  'POST /orders': buildOrder(),
  'PUT /orders/:orderId': { note: 'changed' },
  'POST /webhooks': { url: 'https://shop.example/' },
  // The position of the first event after the creation of the webhook.
  'POST /webhooks/:webhookId/skip': { through: 4 },
  'POST /policy/check': buildOrder(),
};

/** Returns the parsed body, or an empty object for event streams, which do not end. */
async function readBody(response: Response): Promise<{ code?: string }> {
  if (response.status === 204) return {};
  if (response.headers.get('content-type') !== eventStreamType) return response.json();
  await response.body?.cancel();
  return {};
}

describe.each(['secret', 'key set'] as const)('with a %s', (trust) => {
  async function send(name: string, token: string | undefined): Promise<Response> {
    const [method = '', pattern = ''] = name.split(' ');
    const path = pattern.replace(':code', 'conflict').replace(/:\w+/g, '1');
    const body = method === 'GET' ? {} : { body: JSON.stringify(bodies[name] ?? {}) };
    const headers = addJsonType(token === undefined ? {} : toBearerHeader(token));
    return findApp().request(path, { method, headers, ...body });
  }

  function findApp(): AuthenticatedApp {
    const app = apps[trust];
    if (!app) throw new Error('not started');
    return app;
  }

  /** Reads everything that a request could have changed. */
  async function readState(): Promise<unknown[]> {
    const headers = toBearerHeader(await createToken(signers[trust]));
    const orders = ['/stats', '/orders', '/orders/1/events', '/orders/1/validations'];
    const paths = [...orders, '/webhooks', '/webhooks/1/deliveries'];
    return Promise.all(paths.map(async (path) => (await findApp().request(path, { headers })).json()));
  }

  describe.each(protectedRoutes)('%s', (name, scope) => {
    let before: unknown[];

    beforeAll(async () => {
      before = await readState();
    });

    // A route without scopes accepts every valid token.
    const rejectedKinds = Object.entries(tokenKinds).filter(([, { status }]) => scope !== '' || status === 401);

    test.each(rejectedKinds)(
      `${name} with a ${trust} rejects %s and changes nothing`,
      async (_, { buildToken, status }) => {
        const response = await send(name, await buildToken(signers[trust], String(scope)));
        expect(response.status).toBe(status);
        const { code } = await response.json();
        expect(code).toBe(status === 401 ? 'unauthenticated' : 'forbidden');
        const challenge =
          status === 401 ? /^Bearer( error="invalid_token")?$/ : `insufficient_scope", scope="${scope}"`;
        expect(response.headers.get('www-authenticate')).toMatch(challenge);
        expect(await readState()).toEqual(before);
      },
    );
  });

  // These tests run last, because they change the data. The workflow may refuse an action, which proves that the token
  // was accepted. Each test has a subject of its own because of the separation of duties.
  test.each(protectedRoutes)(`%s with a ${trust} accepts a token with only %s`, async (name, scope) => {
    const response = await send(name, await createToken({ ...signers[trust], claims: { sub: name, scope } }));
    const { code = 'done' } = await readBody(response);
    expect(['done', 'invalid-transition', 'conflict']).toContain(code);
  });

  describe.each(publicRoutes)('%s', (name) => {
    test.each(Object.entries(tokenKinds))(`${name} with a ${trust} ignores %s`, async (_, { buildToken }) => {
      expect((await send(name, await buildToken(signers[trust], 'none'))).status).toBe(200);
    });
  });
});
