// Every route of the contract with every kind of token: what is refused is refused as the table says, and changes
// nothing. A route that is new has to be added to the table of scopes.

import type { AppRoute } from '@ts-rest/core';
import { exportSPKI } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Client, createClient } from '../../client/index.ts';
import { contract } from '../../contract/index.ts';
import type { RouteMetadata } from '../../contract/route.ts';
import { scopeNames } from '../../contract/scopes.ts';
import { eventStreamType } from '../../contract/stream.ts';
import { type AuthenticatedApp, startAuthenticatedApp } from '../kit/app.ts';
import { generateIssuerKey, type IssuerKey, type KeyServer, startKeyServer } from '../kit/key-server.ts';
import { buildOrder, createValidatedOrder } from '../kit/orders.ts';
import { localTargets } from '../kit/receiver.ts';
import { listRoutes } from '../kit/routes.ts';
import { createToken, toBearerHeader } from '../kit/tokens.ts';
import { waitUntil } from '../kit/wait-until.ts';

const neededScopes = {
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
  'GET /health': null,
  'GET /health/ready': null,
  'GET /openapi.json': null,
  'GET /problems': null,
  'GET /problems/:code': null,
};

const protectedRoutes = Object.entries(neededScopes).filter(([, scope]) => scope !== null);
const publicRoutes = Object.entries(neededScopes).filter(([, scope]) => scope === null);

const routes = listRoutes(contract).map((route): [string, AppRoute] => [`${route.method} ${route.path}`, route]);

test('every route says which scopes it needs, or that it is open to everybody', () => {
  const said = routes.map(([name, { metadata }]) => {
    const scopes = (metadata as RouteMetadata | undefined)?.scopes;
    return [name, scopes?.join(' ') ?? scopes];
  });
  expect(Object.fromEntries(said)).toEqual(neededScopes);
});

type Signer = Pick<IssuerKey, 'header' | 'key'> | undefined;
const rsa = await generateIssuerKey('rsa', 'RS256');
const otherRsa = await generateIssuerKey('rsa', 'RS256');

/** A token, made with the signer that the service trusts; undefined: none is sent. */
type Kind = { token: (trusted: Signer, scope: string) => Promise<string | undefined>; status: 401 | 403 };

const nowS = Math.floor(Date.now() / 1_000);
const base64url = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
const withClaims =
  (claims: Record<string, unknown>): Kind['token'] =>
  (trusted, scope) =>
    createToken({ ...trusted, claims: { scope, ...claims } });
const unsigned = async (scope: string, header: object, signature: string) => {
  const [, payload] = (await createToken({ claims: { scope } })).split('.');
  return `${base64url(header)}.${payload}.${signature}`;
};

const withoutScope = (trusted: Signer, scope: string | undefined) =>
  createToken({ ...trusted, claims: { scope: scopeNames.filter((name) => name !== scope).join(' ') } });

const kinds: Record<string, Kind> = {
  'no token': { status: 401, token: async () => undefined },
  'what is no token': { status: 401, token: async () => 'let-me-in' },
  'a token that has expired': { status: 401, token: withClaims({ exp: nowS - 60 }) },
  'a token that is not valid yet': { status: 401, token: withClaims({ nbf: nowS + 600 }) },
  'a token signed with another secret': {
    status: 401,
    token: (_, scope) => createToken({ key: new TextEncoder().encode('y'.repeat(40)), claims: { scope } }),
  },
  'a token signed with another private key': {
    status: 401,
    token: (_, scope) => createToken({ ...otherRsa, claims: { scope } }),
  },
  'a token without a signature': {
    status: 401,
    token: (trusted, scope) => unsigned(scope, trusted?.header ?? { alg: 'HS256' }, ''),
  },
  'alg: none': { status: 401, token: (_, scope) => unsigned(scope, { alg: 'none' }, '') },
  'alg: none, with a signature': { status: 401, token: (_, scope) => unsigned(scope, { alg: 'none' }, 'AAAA') },
  'alg: NoNe': { status: 401, token: (_, scope) => unsigned(scope, { alg: 'NoNe' }, 'AAAA') },
  'an algorithm that is not asked for': {
    status: 401,
    token: (_, scope) => createToken({ header: { alg: 'HS512' }, claims: { scope } }),
  },
  'a public key for a secret': {
    status: 401,
    token: async (trusted, scope) => {
      const key = new TextEncoder().encode(await exportSPKI(rsa.publicKey));
      return createToken({ key, header: { ...trusted?.header, alg: 'HS256' }, claims: { scope } });
    },
  },
  'a token from another issuer': { status: 401, token: withClaims({ iss: 'https://elsewhere.test' }) },
  'a token for another audience': { status: 401, token: withClaims({ aud: ['payments', 'Orders'] }) },
  'a token of nobody': { status: 401, token: withClaims({ sub: undefined }) },
  'a token without an end': { status: 401, token: withClaims({ exp: undefined }) },
  'a token that is too old': { status: 401, token: withClaims({ iat: nowS - 86_400 - 60 }) },
  'a token with every scope but the first that is needed': {
    status: 403,
    token: (trusted, scope) => withoutScope(trusted, scope.split(' ')[0]),
  },
  'a token with every scope but the last that is needed': {
    status: 403,
    token: (trusted, scope) => withoutScope(trusted, scope.split(' ').at(-1)),
  },
  'a token without scopes': {
    status: 403,
    token: (trusted) => createToken({ ...trusted, claims: { scope: undefined } }),
  },
};

let keyServer: KeyServer;
const apps: Partial<Record<'secret' | 'key set', AuthenticatedApp>> = {};
const signers: Record<'secret' | 'key set', Signer> = { secret: undefined, 'key set': rsa };

beforeAll(async () => {
  keyServer = await startKeyServer(rsa);
  apps.secret = await startAuthenticatedApp(localTargets);
  apps['key set'] = await startAuthenticatedApp({ ...localTargets, authentication: keyServer.authentication });
  await prepare(apps.secret.clientAs('ann'));
  await prepare(createClient({ baseUrl: apps['key set'].url, token: () => createToken(rsa) }));
});

/** A validated order, and a webhook with a delivery, each with the id 1. */
async function prepare(client: Client): Promise<void> {
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

function json(headers: Record<string, string>): Record<string, string> {
  return { ...headers, 'content-type': 'application/json' };
}

const bodies: Record<string, object> = {
  'POST /orders': buildOrder(),
  'PUT /orders/:orderId': { note: 'changed' },
  'POST /webhooks': { url: 'https://shop.example/' },
  // The first event after those that the webhook began behind.
  'POST /webhooks/:webhookId/skip': { through: 4 },
  'POST /policy/check': buildOrder(),
};

/** A stream has no end. */
async function contentOf(response: Response): Promise<{ code?: string }> {
  if (response.status === 204) return {};
  if (response.headers.get('content-type') !== eventStreamType) return response.json();
  await response.body?.cancel();
  return {};
}

describe.each(['secret', 'key set'] as const)('with a %s,', (trust) => {
  async function send(name: string, token: string | undefined): Promise<Response> {
    const [method = '', pattern = ''] = name.split(' ');
    const path = pattern.replace(':code', 'conflict').replace(/:\w+/g, '1');
    const body = method === 'GET' ? {} : { body: JSON.stringify(bodies[name] ?? {}) };
    const headers = json(token === undefined ? {} : toBearerHeader(token));
    return appOf().request(path, { method, headers, ...body });
  }

  function appOf(): AuthenticatedApp {
    const app = apps[trust];
    if (!app) throw new Error('not started');
    return app;
  }

  /** All that a request could have changed. */
  async function kept(): Promise<unknown[]> {
    const headers = toBearerHeader(await createToken(signers[trust]));
    const orders = ['/stats', '/orders', '/orders/1/events', '/orders/1/validations'];
    const paths = [...orders, '/webhooks', '/webhooks/1/deliveries'];
    return Promise.all(paths.map(async (path) => (await appOf().request(path, { headers })).json()));
  }

  describe.each(protectedRoutes)('%s', (name, scope) => {
    let before: unknown[];

    beforeAll(async () => {
      before = await kept();
    });

    test.each(Object.entries(kinds))('refuses %s, and changes nothing', async (_, { token, status }) => {
      const response = await send(name, await token(signers[trust], String(scope)));
      expect(response.status).toBe(status);
      const { code } = await response.json();
      expect(code).toBe(status === 401 ? 'unauthenticated' : 'forbidden');
      const challenge = status === 401 ? /^Bearer( error="invalid_token")?$/ : `insufficient_scope", scope="${scope}"`;
      expect(response.headers.get('www-authenticate')).toMatch(challenge);
      expect(await kept()).toEqual(before);
    });
  });

  // Last, as these change what is kept. A step that the order does not allow is refused by the workflow. Each is taken
  // by somebody else, since duties are separate.
  test.each(protectedRoutes)('%s lets a token in that has %s alone', async (name, scope) => {
    const response = await send(name, await createToken({ ...signers[trust], claims: { sub: name, scope } }));
    const { code = 'done' } = await contentOf(response);
    expect(['done', 'invalid-transition', 'conflict']).toContain(code);
  });

  describe.each(publicRoutes)('%s', (name) => {
    test.each(Object.entries(kinds))('answers %s', async (_, { token }) => {
      expect((await send(name, await token(signers[trust], 'none'))).status).toBe(200);
    });
  });
});
