// The start of the service: configuration errors are reported together in one message without a stack trace.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { describe, expect, test } from 'vitest';
import { readStartScript } from '../../bench/servers/start-script.ts';
import { defaultClaimSettings } from '../../server/config/claim-settings.ts';
import { findProbableMistakes, readConfig } from '../../server/config/config.ts';
import { startService } from '../../server/service.ts';
import { createLog } from '../../server/shared/log.ts';
import { StartupError } from '../../server/shared/startup-error.ts';
import { createTemporaryFolder } from '../kit/folder.ts';
import { runServiceToExit, startServiceProcess } from '../kit/service/process.ts';

describe('the start', () => {
  test('a start with an invalid configuration reports every error and exits with code 1', async () => {
    const { code, errors, output } = await runServiceToExit({
      DATABASE_URL: 'mysql://localhost/orders',
      PORT: '99999',
      AUTH: 'maybe',
      VALIDATION_THREADS: 'many',
      LOG_LEVEL: 'loud',
    });
    expect(code).toBe(1);
    expect(output).toBe('');
    const [first, ...messages] = errors.trimEnd().split('\n');
    expect(first).toBe('cannot start:');
    expect(messages.map((message) => message.trim().split(':')[0]).sort()).toEqual(
      ['AUTH', 'DATABASE_URL', 'LOG_LEVEL', 'PORT', 'VALIDATION_THREADS'].sort(),
    );
    expect(errors).toContain('PORT: must be an integer from 0 to 65535');
    expect(errors).not.toMatch(/ at .*:\d+:\d+/);
  });

  test('a start with invalid rules reports each error with its position', async () => {
    await using folder = await createTemporaryFolder();
    const rule = (id: string, expression: string) => ({ id, description: 'd', message: 'm', expression });
    const rules = [rule('a', 'order.totl > 5'), rule('b', 'true'), rule('c', '1 +')];
    const lines = rules.map((value) => `\n${JSON.stringify(value)}`);
    const policy = await folder.write('policy.json', `{"rules": [${lines}]}`);
    const { code, errors } = await runServiceToExit({
      DATABASE_URL: `sqlite:${join(folder.path, 'orders.db')}`,
      VALIDATION_POLICY: policy,
    });
    expect(code).toBe(1);
    expect(errors.split('\n')).toEqual([
      'cannot start:',
      expect.stringMatching(
        /^ {2}VALIDATION_POLICY: line 2, column \d+: rule a: No such key: totl; an order has reference, /,
      ),
      expect.stringMatching(/^ {2}VALIDATION_POLICY: line 4, column \d+: rule c: Unexpected token: EOF$/),
      '',
    ]);
  });

  test('a start with a rule that fails for a legal order reports the rule, its line, the error and the order', async () => {
    await using folder = await createTemporaryFolder();
    const lines = ['rules:', '  - id: urgent', '    description: d', '    message: m'];
    const expression = '    expression: order.total > 0 && order.note.contains("now")';
    const { code, errors } = await runServiceToExit({
      DATABASE_URL: `sqlite:${join(folder.path, 'orders.db')}`,
      VALIDATION_POLICY: await folder.write('policy.yaml', [...lines, expression].join('\n')),
    });
    expect(code).toBe(1);
    expect(errors).toBe(
      "cannot start: VALIDATION_POLICY: rule urgent failed: found no matching overload for 'null.contains(string)' " +
        '(line 5, column 17 of the policy file), for the order {"reference":null,"customerId":"customer-1",' +
        '"currency":"EUR","items":[{"productId":"tea","quantity":1,"unitPrice":1250}],"note":null,"metadata":{}}\n',
    );
  });

  test('a start fails while another process uses the database, and succeeds after that process was killed', {
    // Three processes start one after another.
    timeout: 90_000,
  }, async () => {
    await using folder = await createTemporaryFolder();
    const environment = { DATABASE_URL: `sqlite:${join(folder.path, 'orders.db')}` };
    await using first = await startServiceProcess(environment);
    const { code, errors } = await runServiceToExit(environment);
    expect(code).toBe(1);
    expect(errors).toMatch(/^cannot start: DATABASE_URL: another process is using .*orders\.db; stop it first\n$/);
    await first.stop('SIGKILL');
    await using _second = await startServiceProcess(environment);
  });

  test.each<[string, (folder: string) => Record<string, string>, RegExp]>([
    [
      'a folder',
      (path) => ({ DATABASE_URL: `sqlite:${path}` }),
      /^DATABASE_URL: .* is a folder; .*sqlite:.*orders\.db$/,
    ],
    ['a device', () => ({ DATABASE_URL: 'sqlite:/dev/null' }), /^DATABASE_URL: \/dev\/null is not a regular file$/],
    ['a file in a file', () => ({ DATABASE_URL: 'sqlite:/dev/null/a.db' }), /^DATABASE_URL: ENOTDIR: /],
    [
      'a long name',
      (path) => ({ DATABASE_URL: `sqlite:${join(path, 'a'.repeat(300))}` }),
      /^DATABASE_URL: ENAMETOOLONG: /,
    ],
    ['a missing policy', () => ({ VALIDATION_POLICY: '/nowhere/a.yaml' }), /^VALIDATION_POLICY: cannot read .*a\.yaml/],
    ['a foreign address', () => ({ HOST: '192.0.2.1', AUTH: 'off' }), /^HOST and PORT: listen EADDRNOTAVAIL: /],
  ])('the error of a start names the variable to change: %s', async (_, toVariables, message) => {
    await using folder = await createTemporaryFolder();
    const DATABASE_URL = `sqlite:${join(folder.path, 'orders.db')}`;
    const config = readConfig({ DATABASE_URL, PORT: '0', ...toVariables(folder.path) });
    const failure = await startService(config, createLog('silent', false)).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(StartupError);
    expect(failure).toMatchObject({ reasons: [expect.stringMatching(message)] });
  });

  test('a start on a used port fails with one line, after a log of its policy, authentication and a misspelled variable', async () => {
    await using folder = await createTemporaryFolder();
    await using first = await startServiceProcess({ DATABASE_URL: `sqlite:${join(folder.path, 'a.db')}` });
    const { code, errors, output } = await runServiceToExit({
      JWT_SECRETS: 'x',
      DATABASE_URL: `sqlite:${join(folder.path, 'b.db')}`,
      PORT: new URL(first.url).port,
    });
    expect(code).toBe(1);
    expect(errors).toMatch(/^cannot start: HOST and PORT: .*EADDRINUSE.*\n$/);
    expect(output).toContain('unknown environment variable JWT_SECRETS; did you mean JWT_SECRET?');
    expect(output).toContain('authentication: off, requests need no token');
    expect(output).toMatch(/"policyVersion":"[0-9a-f]{12}","rules":3,"msg":"policy loaded"/);
  });
});

test('the container starts the service with the same command and settings as npm start', async () => {
  const { argv, environment } = readStartScript();
  const dockerfile = await readFile(new URL('../../Dockerfile', import.meta.url), 'utf8');
  const [, command = ''] = /^CMD (.+)$/m.exec(dockerfile) ?? [];
  expect(JSON.parse(command)).toEqual(['node', ...argv]);
  const pairs = [...dockerfile.matchAll(/^ENV (.+)$/gm)].flatMap(([, text = '']) => text.split(' '));
  expect(Object.fromEntries(pairs.map((pair) => pair.split('=', 2)))).toEqual({
    ...environment,
    NODE_ENV: 'production',
    HOST: '0.0.0.0',
    PORT: '8000',
    DATABASE_URL: 'sqlite:/data/orders.db',
  });
});

describe('a configuration', () => {
  const JWT_SECRET = 'x'.repeat(32);
  const JWKS_URL = 'https://keys.test/jwks.json';
  const parties = { JWT_ISSUER: 'https://issuer.test', JWT_AUDIENCE: 'orders' };

  test.each<[Record<string, string>, RegExp]>([
    [
      { HOST: '0.0.0.0' },
      /^HOST: opens the service to other machines, which requires JWT_SECRET or JWKS_URL; set AUTH=off/,
    ],
    [{ HOST: '0.0.0.0', JWT_ISSUER: 'https://issuer.test' }, /^HOST: .*; JWT_ISSUER: has no effect without JWT_SECRET/],
    [{ AUTH: 'jwt' }, /^AUTH: jwt requires JWT_SECRET or JWKS_URL$/],
    [{ AUTH: 'on' }, /^AUTH: must be jwt or off$/],
    [{ JWT_SECRET: 'ä'.repeat(15) }, /^JWT_SECRET: must have at least 32 bytes$/],
    [{ JWT_SECRET, JWKS_URL, ...parties }, /^JWKS_URL: must not be set together with JWT_SECRET/],
    [{ JWKS_URL }, /^JWT_ISSUER: is required with JWKS_URL.*; JWT_AUDIENCE: is required with JWKS_URL/],
    [{ JWT_AUDIENCE: 'orders' }, /^JWT_AUDIENCE: has no effect without JWT_SECRET or JWKS_URL; set AUTH=off/],
    [{ JWT_SECRET, JWT_MAX_AGE_S: '59' }, /^JWT_MAX_AGE_S: must be an integer from 60 to 31536000$/],
    ...['http://keys.test', 'https://a:b@keys.test', 'https://keys.test#a', 'file:///keys', 'keys'].map(
      (url): [Record<string, string>, RegExp] => [{ JWKS_URL: url, ...parties }, /^JWKS_URL: must be an https: URL/],
    ),
    [{ DATABASE_URL: 'sqlite::memory:' }, /orders in memory would be lost/],
    [{ DATABASE_URL: 'sqlite:file:/data/orders.db' }, /^DATABASE_URL: must not contain "file:"/],
    [{ DATABASE_URL: 'sqlite:~/orders.db' }, /^DATABASE_URL: must not contain "~", which is not expanded/],
    [{ DATABASE_URL: 'sqlite:/data/orders.db?mode=ro' }, /^DATABASE_URL: must not contain options such as "\?mode=ro"/],
    [{ DATABASE_URL: 'sqlite:/data/my%20orders.db' }, /^DATABASE_URL: must not be percent-encoded as in "%20"/],
    [{ DATABASE_URL: 'sqlite:$HOME/orders.db' }, /^DATABASE_URL: must not contain a variable such as \$HOME/],
    [{ DATABASE_URL: 'sqlite://data/orders.db' }, /^DATABASE_URL: must not contain a host/],
    [{ DATABASE_URL: 'sqlite:./data/' }, /^DATABASE_URL: must name a file, not a folder/],
    [{ DATABASE_URL: 'sqlite:orders.db ' }, /^DATABASE_URL: must not begin or end with a blank/],
    [{ DATABASE_URL: 'orders.db' }, /must name a file, as in sqlite:/],
    [{ DATABASE_URL: 'postgres://a b' }, /or a database, as in postgres:/],
    [{ DATABASE_POOL_SIZE: '2' }, /^DATABASE_POOL_SIZE: must be an integer from 3 to 1000/],
    [{ PORT: '-1' }, /^PORT: /],
    [{ PORT: '8000.5' }, /^PORT: /],
    [{ VALIDATION_TIMEOUT_MS: '0' }, /^VALIDATION_TIMEOUT_MS: must be an integer from 10 to 600000/],
    [{ MAX_BODY_BYTES: '1' }, /^MAX_BODY_BYTES: /],
    [
      { MAX_BUFFERED_BYTES: '4000000', MAX_BUFFERED_BYTES_PER_CALLER: '4000001' },
      /^MAX_BUFFERED_BYTES_PER_CALLER: must not exceed MAX_BUFFERED_BYTES, which is 4000000$/,
    ],
  ])('the configuration %o is rejected', (environment, message) => {
    expect(() => readConfig(environment)).toThrow(message);
  });

  test('a configuration may listen on all interfaces with AUTH=off or with token authentication', () => {
    expect(readConfig({ HOST: '0.0.0.0', AUTH: 'off' })).toMatchObject({ host: '0.0.0.0' });
    expect(readConfig({ HOST: '0.0.0.0', JWT_SECRET })).toMatchObject({ host: '0.0.0.0' });
  });

  test.each<[Record<string, string>, object | undefined]>([
    [{}, undefined],
    [{ AUTH: 'off', JWT_SECRET, ...parties }, undefined],
    [{ JWT_SECRET }, { kind: 'secret', secret: JWT_SECRET, maxAgeS: 86_400 }],
    [
      { AUTH: 'jwt', JWT_SECRET, JWT_MAX_AGE_S: '60' },
      { kind: 'secret', secret: JWT_SECRET, maxAgeS: 60 },
    ],
    [
      { JWKS_URL, ...parties },
      { kind: 'key-set', url: JWKS_URL, issuer: 'https://issuer.test', audiences: ['orders'], maxAgeS: 86_400 },
    ],
    [
      { JWKS_URL: 'http://localhost:9000/keys', ...parties },
      {
        kind: 'key-set',
        url: 'http://localhost:9000/keys',
        issuer: 'https://issuer.test',
        audiences: ['orders'],
        maxAgeS: 86_400,
      },
    ],
  ])('the configuration %o has the expected authentication', (environment, authentication) => {
    const expected = authentication && { claimSettings: defaultClaimSettings, ...authentication };
    expect(readConfig(environment).authentication).toEqual(expected);
  });

  test('a configuration with AUTH=off and a key is marked as having an unused key', () => {
    const environments = [{}, { JWT_SECRET }, { AUTH: 'off' }, { AUTH: 'off', JWT_SECRET }];
    expect(environments.map((environment) => readConfig(environment).hasUnusedKey)).toEqual([
      false,
      false,
      false,
      true,
    ]);
  });

  test('the unread bytes of one caller are by default no more than those of all callers', () => {
    expect(readConfig({ MAX_BUFFERED_BYTES: '4000000' }).maxBufferedBytesPerCaller).toBe(4_000_000);
    expect(readConfig({}).maxBufferedBytesPerCaller).toBe(16_777_216);
  });

  test.each([
    ['JWT_SECRETS', 'JWT_SECRET'],
    ['JWKS_URI', 'JWKS_URL'],
    ['MAX_STREAM_PER_CALLER', 'MAX_STREAMS_PER_CALLER'],
    ['VALIDATION_TIMEOUT', undefined],
    ['POST', undefined],
    ['JWT_SECRET', undefined],
    ['NODE_ENV', undefined],
  ])('the environment variable %s is reported as a misspelling of %s', (name, similar) => {
    const expected = similar === undefined ? [] : [`unknown environment variable ${name}; did you mean ${similar}?`];
    expect(findProbableMistakes({ [name]: 'x' })).toEqual(expected);
  });

  test('HOST may be an IPv6 address in brackets', () => {
    expect(readConfig({ HOST: '[::1]' }).host).toBe('::1');
  });

  test('the example of an environment file is valid and sets the defaults', async () => {
    const text = await readFile(new URL('../../.env.example', import.meta.url), 'utf8');
    expect(readConfig(parseEnv(text))).toEqual(readConfig({}));
  });

  test('empty environment variables are treated as unset', () => {
    expect(readConfig({ PORT: '', DATABASE_URL: '' })).toMatchObject({
      port: 8000,
      databaseUrl: 'sqlite:./data/orders.db',
    });
  });

  test.each([
    ['sqlite:./data/orders.db', 'sqlite:./data/orders.db'],
    ['sqlite:/var/orders.db', 'sqlite:/var/orders.db'],
    ['sqlite:///var/orders.db', 'sqlite:/var/orders.db'],
    ['postgres://ann@db/orders', 'postgres://ann@db/orders'],
    ['postgresql://ann@db/orders', 'postgresql://ann@db/orders'],
  ])('the database URL %s is accepted', (url, databaseUrl) => {
    expect(readConfig({ DATABASE_URL: url }).databaseUrl).toBe(databaseUrl);
  });
});
