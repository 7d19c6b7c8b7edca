// Access tokens in the shapes of common issuers, with the settings of docs/authentication.md, and hostile shapes.

import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Identity } from '../../contract/routes/identity.ts';
import { signToken } from '../../server/cli/sign-token.ts';
import { readConfig } from '../../server/config/config.ts';
import { maxHeaderBytes } from '../../server/http/server/limits.ts';
import { generateIssuerKey, type KeyServer, startKeyServer } from '../kit/http/key-server.ts';
import { createToken, toBearerHeader, tokenSecret } from '../kit/http/tokens.ts';
import { startTestApp, type TestApp } from '../kit/service/app.ts';

const key = await generateIssuerKey('issuer', 'RS256');
const nowS = Math.floor(Date.now() / 1_000);
const guid = '6e74172b-be56-4843-9ff4-e66a39bb12e3';
const readWrite = ['orders:read', 'orders:write'];

type IssuerCase = {
  issuer: string;
  audience: string;
  /** As in the table of the documentation. */
  settings: Record<string, string>;
  header?: { typ: string };
  /** The claims of access tokens, without `iss`, `iat` and `exp`. */
  tokens: Record<string, { claims: Record<string, unknown>; scopes: string[] }>;
  /** Claims that make the first token unacceptable. */
  rejected: Record<string, Record<string, unknown>>;
};

const issuers: Record<string, IssuerCase> = {
  'Entra ID': {
    issuer: `https://login.microsoftonline.com/${guid}/v2.0`,
    audience: guid,
    settings: { JWT_SCOPE_CLAIM: 'scp,roles' },
    header: { typ: 'JWT' },
    tokens: {
      'a user': {
        claims: { aud: guid, azp: 'console', sub: 'AAAAbbbb', oid: guid, scp: readWrite.join(' '), ver: '2.0' },
        scopes: readWrite,
      },
      'an application': {
        claims: { aud: guid, azp: 'erp', azpacr: '1', sub: guid, oid: guid, roles: readWrite, ver: '2.0' },
        scopes: readWrite,
      },
    },
    rejected: { 'another application': { aud: '00000003-0000-0000-c000-000000000000' } },
  },
  Okta: {
    issuer: 'https://company.okta.com/oauth2/default',
    audience: 'api://orders',
    settings: { JWT_SCOPE_CLAIM: 'scp' },
    tokens: {
      'a user': {
        claims: {
          ver: 1,
          aud: 'api://orders',
          cid: '0oa1',
          uid: '00u1',
          scp: ['openid', ...readWrite],
          sub: 'a@b.test',
        },
        scopes: readWrite,
      },
      'an application': {
        claims: { ver: 1, aud: 'api://orders', cid: '0oa1', scp: ['orders:approve'], sub: '0oa1' },
        scopes: ['orders:approve'],
      },
    },
    rejected: { 'an ID token': { aud: '0oa1', scp: undefined } },
  },
  Auth0: {
    issuer: 'https://company.eu.auth0.com/',
    audience: 'https://orders.example',
    settings: { JWT_SCOPE_CLAIM: 'permissions' },
    tokens: {
      'a user': {
        claims: {
          sub: 'auth0|123456',
          aud: ['https://orders.example', 'https://company.eu.auth0.com/userinfo'],
          azp: 'client',
          // With permissions in the token, `scope` is what the application asked for.
          scope: 'openid profile orders:approve',
          permissions: readWrite,
        },
        scopes: readWrite,
      },
      'an application': {
        claims: { sub: 'client@clients', aud: 'https://orders.example', gty: 'client-credentials', permissions: [] },
        scopes: [],
      },
    },
    rejected: { 'an ID token': { aud: 'client' } },
  },
  'Auth0 with the profile of RFC 9068': {
    issuer: 'https://company.eu.auth0.com/',
    audience: 'https://orders.example',
    settings: { JWT_REQUIRED_TYP: 'at+jwt' },
    header: { typ: 'at+jwt' },
    tokens: {
      'a user': {
        claims: { sub: 'auth0|1', aud: ['https://orders.example'], client_id: 'c', scope: 'openid orders:read' },
        scopes: ['orders:read'],
      },
    },
    rejected: {},
  },
  Cognito: {
    issuer: 'https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_AbCdEfGhI',
    audience: '7m1console,7m2erp',
    settings: {
      JWT_AUDIENCE_CLAIM: 'client_id',
      JWT_SCOPE_PREFIX: 'orders-api/',
      JWT_REQUIRED_CLAIMS: 'token_use=access',
    },
    tokens: {
      'a user': {
        claims: {
          sub: guid,
          'cognito:groups': ['editors'],
          version: 2,
          client_id: '7m1console',
          token_use: 'access',
          scope: 'aws.cognito.signin.user.admin openid orders-api/orders:read orders-api/orders:write',
          username: 'ann',
        },
        scopes: readWrite,
      },
      'an application': {
        claims: {
          sub: '7m2erp',
          client_id: '7m2erp',
          token_use: 'access',
          scope: 'orders-api/orders:read',
          version: 2,
        },
        scopes: ['orders:read'],
      },
      'a resource server with another prefix': {
        claims: { sub: 'x', client_id: '7m2erp', token_use: 'access', scope: 'orders:read orders-web/orders:write' },
        scopes: [],
      },
    },
    rejected: {
      'an ID token': { token_use: 'id' },
      'a token without use': { token_use: undefined },
      'another client': { client_id: '7m3other' },
      'the audience in another claim': { client_id: undefined, aud: '7m1console' },
      'a list of lists': { client_id: [['7m1console']] },
      'a number as client': { client_id: 7 },
    },
  },
  Keycloak: {
    issuer: 'https://id.example/realms/company',
    audience: 'orders',
    settings: { JWT_REQUIRED_CLAIMS: 'typ=Bearer' },
    header: { typ: 'JWT' },
    tokens: {
      'a user': {
        claims: {
          aud: ['orders', 'account'],
          sub: guid,
          typ: 'Bearer',
          azp: 'console',
          realm_access: { roles: ['offline_access'] },
          scope: 'email profile orders:read orders:write',
        },
        scopes: readWrite,
      },
    },
    rejected: {
      'an ID token': { typ: 'ID' },
      'a refresh token': { typ: 'Refresh' },
      'no audience': { aud: 'account' },
    },
  },
};

let keyServer: KeyServer;

beforeAll(async () => {
  keyServer = await startKeyServer(key);
});

afterAll(() => keyServer[Symbol.asyncDispose]());

/** Starts a service that trusts an issuer. */
async function startTrustingApp(issuer: string, audience: string, settings: Record<string, string>): Promise<TestApp> {
  const { authentication } = keyServer;
  const JWKS_URL = authentication.kind === 'key-set' ? authentication.url : '';
  const config = readConfig({ JWKS_URL, JWT_ISSUER: issuer, JWT_AUDIENCE: audience, ...settings });
  return startTestApp({ authentication: config.authentication });
}

/** The claims that every test token would have are removed. */
const noDefaults = { sub: undefined, scope: undefined, aud: undefined };

async function readIdentity(app: TestApp, claims: Record<string, unknown>, header = {}) {
  const token = await createToken({
    key: key.key,
    header: { ...key.header, ...header },
    claims: { ...noDefaults, iat: nowS, exp: nowS + 600, ...claims },
  });
  const response = await app.request('/identity', { headers: toBearerHeader(token) });
  const body: Identity & { detail?: string } = await response.json();
  return { status: response.status, body };
}

describe.each(Object.entries(issuers))('%s', (name, { issuer, audience, settings, header, tokens, rejected }) => {
  let app: TestApp;

  beforeAll(async () => {
    app = await startTrustingApp(issuer, audience, settings);
  });

  afterAll(() => app[Symbol.asyncDispose]());

  test.each(Object.entries(tokens))(`a token of ${name} for %s has its scopes`, async (_, { claims, scopes }) => {
    const { status, body } = await readIdentity(app, { iss: issuer, ...claims }, header);
    expect({ status, body }).toMatchObject({ status: 200, body: { id: claims.sub, scopes } });
  });

  test(`a token of ${name} that is changed is rejected`, async () => {
    const [valid] = Object.values(tokens);
    const changes: Record<string, Record<string, unknown>> = {
      ...rejected,
      'another issuer': { iss: 'https://evil.test/' },
    };
    for (const [change, claims] of Object.entries(changes)) {
      const { status } = await readIdentity(app, { ...valid?.claims, iss: issuer, ...claims }, header);
      expect(status, change).toBe(401);
    }
  });

  test(`the settings of ${name} are in its row of the documentation`, async () => {
    const text = await readFile(new URL('../../docs/authentication.md', import.meta.url), 'utf8');
    const row = text.split('\n').find((line) => line.startsWith(`| ${name.split(' with ', 1)} |`));
    for (const [variable, value] of Object.entries(settings)) expect(row).toContain(`${variable}=${value}`);
  });
});

describe('a required type', () => {
  test('only tokens of the required type are accepted, with or without the prefix of media types', async () => {
    await using app = await startTrustingApp('https://i.test', 'orders', { JWT_REQUIRED_TYP: 'at+jwt' });
    const claims = { iss: 'https://i.test', aud: 'orders', sub: 'ann' };
    for (const typ of ['at+jwt', 'AT+JWT', 'application/at+jwt']) {
      expect(await readIdentity(app, claims, { typ }), typ).toMatchObject({ status: 200 });
    }
    for (const header of [{}, { typ: 'JWT' }, { typ: 'id+jwt' }, { typ: '' }, { typ: ['at+jwt'] }, { typ: null }]) {
      const { status, body } = await readIdentity(app, { ...claims, typ: 'at+jwt' }, header);
      expect({ status, detail: body.detail }).toEqual({ status: 401, detail: 'The token is of another type.' });
    }
  });
});

describe('hostile claims', () => {
  const settings = { JWT_SCOPE_CLAIM: 'scope,constructor', JWT_REQUIRED_CLAIMS: '__proto__=x,toString=y,active=true' };
  const claims = { iss: 'https://i.test', aud: 'orders', sub: 'ann' };
  const required = { toString: 'y', active: true };
  let app: TestApp;

  beforeAll(async () => {
    app = await startTrustingApp('https://i.test', 'orders', settings);
  });

  afterAll(() => app[Symbol.asyncDispose]());

  async function send(extra: Record<string, unknown>) {
    const payload = Object.assign(Object.create(null), { ...claims, ...required, ...extra });
    Object.defineProperty(payload, '__proto__', { value: 'x', enumerable: true });
    return readIdentity(app, payload);
  }

  test.each([
    ['text', ['orders:read'], 'orders:read'],
    ['a list', readWrite, ['orders:write', 'orders:read', 'orders:read']],
    ['an empty text', [], ''],
    ['an empty list', [], []],
    ['text with several blanks', readWrite, '  orders:read   orders:write '],
    ['a list of texts with blanks', [], ['orders:read orders:write']],
    ['text with unknown scopes', [], 'orders:admin __proto__ constructor'],
    ['text in upper case', [], 'ORDERS:READ'],
  ])('a scope claim that is %s gives the scopes %j', async (_, scopes, scope) => {
    expect(await send({ scope })).toMatchObject({ status: 200, body: { scopes } });
  });

  test.each([
    ['a number', 7],
    ['true', true],
    ['null', null],
    ['an object', { 0: 'orders:read', length: 1 }],
    ['a list with a number', ['orders:read', 7]],
    ['a list with null', [null]],
    ['a nested list', [['orders:read']]],
    ['a list of objects', [{ toString: 'orders:read' }]],
    ['a deeply nested list', JSON.parse('['.repeat(2_000) + ']'.repeat(2_000))],
  ])('a token whose scopes are %s gets 401', async (_, scope) => {
    for (const name of ['scope', 'constructor']) {
      const { status, body } = await send({ [name]: scope });
      expect({ status, detail: body.detail }).toEqual({
        status: 401,
        detail: `The '${name}' claim must be scopes separated by spaces, or a list of scopes.`,
      });
    }
  });

  test.each([
    [{ active: 'true' }, 200],
    [{ active: ['true', 'false'] }, 200],
    [{ active: [true] }, 401],
    [{ active: { toString: 'true' } }, 401],
    [{ active: undefined }, 401],
    [{ active: null }, 401],
    [{ active: 1 }, 401],
    [{ toString: undefined }, 401],
    [{ toString: 'z' }, 401],
  ])('a token with the required claims changed to %j gets %d', async (change, status) => {
    expect(await send(change)).toMatchObject({ status });
  });

  test('an inherited member is no claim', async () => {
    const { status, body } = await readIdentity(app, { ...claims, ...required });
    expect({ status, detail: body.detail }).toEqual({ status: 401, detail: "The token has no '__proto__' claim." });
  });

  test('a token with 2,500 scopes is accepted, and one beyond the header limit gets 431', async () => {
    const scopes = Array.from({ length: 2_500 }, (_, index) => index.toString(36));
    expect(await send({ scope: scopes.join(' ') })).toMatchObject({ status: 200, body: { scopes: [] } });
    const response = await app.request('/identity', { headers: toBearerHeader('a'.repeat(maxHeaderBytes)) });
    expect(response.status).toBe(431);
  });
});

test('without authentication, the caller is anonymous and has every scope', async () => {
  await using app = await startTestApp();
  expect(await app.client.identity.get()).toEqual({
    id: 'anonymous',
    scopes: ['orders:read', 'orders:write', 'orders:approve', 'webhooks:manage'],
    expiresAt: null,
  });
});

test('the token command signs tokens that the same configuration accepts', async () => {
  const { authentication } = readConfig({
    JWT_SECRET: tokenSecret,
    JWT_ISSUER: 'https://i.test',
    JWT_AUDIENCE: 'one,two',
    JWT_AUDIENCE_CLAIM: 'client_id',
    JWT_SCOPE_CLAIM: 'scp,roles',
    JWT_SCOPE_PREFIX: 'api://orders/',
    JWT_REQUIRED_CLAIMS: 'token_use=access,tid=7',
    JWT_REQUIRED_TYP: 'at+jwt',
  });
  await using app = await startTestApp({ authentication });
  const token = await signToken({ sub: 'ann', scope: 'orders:read orders:write', expires: '1h' }, authentication);
  const response = await app.request('/identity', { headers: toBearerHeader(token) });
  expect(await response.json()).toMatchObject({ id: 'ann', scopes: readWrite });
});

describe('the configuration of claims', () => {
  const key = { JWT_SECRET: tokenSecret };

  test.each([
    [{ JWT_SCOPE_CLAIM: 'scope,scope' }, /JWT_SCOPE_CLAIM: must be 1 to 10 different names/],
    [{ JWT_SCOPE_CLAIM: ',' }, /JWT_SCOPE_CLAIM: must be 1 to 10 different names/],
    [{ JWT_SCOPE_CLAIM: 'my scope' }, /JWT_SCOPE_CLAIM: must be 1 to 10 different names/],
    [{ JWT_SCOPE_CLAIM: 'a,b,c,d,e,f,g,h,i,j,k' }, /JWT_SCOPE_CLAIM: must be 1 to 10 different names/],
    [{ JWT_SCOPE_CLAIM: 'scope,sub' }, /JWT_SCOPE_CLAIM: must not contain 'sub'/],
    [{ JWT_SCOPE_PREFIX: 'a b' }, /JWT_SCOPE_PREFIX: must be the beginning of a scope/],
    [{ JWT_AUDIENCE: ',' }, /JWT_AUDIENCE: must be audiences/],
    [{ JWT_AUDIENCE_CLAIM: 'client_id' }, /JWT_AUDIENCE_CLAIM: has no effect without JWT_AUDIENCE/],
    [{ JWT_AUDIENCE: 'x', JWT_AUDIENCE_CLAIM: 'iss' }, /JWT_AUDIENCE_CLAIM: must not be a claim with another meaning/],
    [{ JWT_AUDIENCE: 'x', JWT_AUDIENCE_CLAIM: 'a,b' }, /JWT_AUDIENCE_CLAIM: must be the name of a claim/],
    [{ JWT_REQUIRED_CLAIMS: 'token_use' }, /JWT_REQUIRED_CLAIMS: must be claims and their values/],
    [{ JWT_REQUIRED_CLAIMS: 'token_use=' }, /JWT_REQUIRED_CLAIMS: must be claims and their values/],
    [{ JWT_REQUIRED_CLAIMS: '=access' }, /JWT_REQUIRED_CLAIMS: must be claims and their values/],
    [{ JWT_REQUIRED_CLAIMS: 'a=1,a=2' }, /JWT_REQUIRED_CLAIMS: must contain each claim once/],
    [{ JWT_REQUIRED_CLAIMS: 'aud=orders' }, /JWT_REQUIRED_CLAIMS: must not contain 'aud'/],
    [{ JWT_REQUIRED_TYP: 'at jwt' }, /JWT_REQUIRED_TYP: must be a media type/],
  ])('the settings %o are rejected', (settings, message) => {
    expect(() => readConfig({ ...key, ...settings })).toThrow(message);
  });

  test('claims are not configured without a key', () => {
    expect(() => readConfig({ JWT_SCOPE_CLAIM: 'scp' })).toThrow(/JWT_SCOPE_CLAIM: has no effect without JWT_SECRET/);
  });
});
