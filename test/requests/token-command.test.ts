// The command that creates tokens for development. It writes only the token to standard output.

import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { createClient } from '../../client/index.ts';
import { buildOrder } from '../kit/http/orders.ts';
import { catchProblem } from '../kit/http/problems.ts';
import { tokenAudience, tokenIssuer, tokenSecret } from '../kit/http/tokens.ts';
import { startAuthenticatedApp } from '../kit/service/app.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const environment = { JWT_SECRET: tokenSecret, JWT_ISSUER: tokenIssuer, JWT_AUDIENCE: tokenAudience };

type Outcome = { code: number; stdout: string; stderr: string };

/** Runs the command as `npm run --silent token -- …` does. */
async function runTokenCommand(variables: Record<string, string>, ...options: string[]): Promise<Outcome> {
  const { PATH, NODE_COMPILE_CACHE } = process.env;
  const env = { PATH, NODE_COMPILE_CACHE, ...variables };
  const run = promisify(execFile)('npm', ['run', '--silent', 'token', '--', ...options], { cwd: root, env });
  return run.then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (error: Outcome) => error,
  );
}

test('the token command creates a token with the given subject, scopes and lifetime', async () => {
  await using app = await startAuthenticatedApp();
  const { stdout } = await runTokenCommand(
    environment,
    '--sub',
    'ann',
    '--scope',
    'orders:read orders:write',
    '--expires',
    '2h',
  );
  expect(stdout).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/);
  const client = createClient({ baseUrl: app.url, token: stdout.trim(), maxRetries: 0 });
  expect((await client.orders.create(buildOrder())).createdBy).toBe('ann');
  expect((await catchProblem('forbidden', client.orders.approve({ orderId: 1 }))).scope).toBe('orders:approve');
  const { iat, exp } = JSON.parse(Buffer.from(String(stdout.split('.')[1]), 'base64url').toString());
  expect(exp - iat).toBe(7_200);
});

describe('an invalid call of the token command', () => {
  test.each<[string, Record<string, string>, string[], RegExp]>([
    ['without a subject', environment, [], /^cannot sign a token: --sub: must be a subject/m],
    ['with an unknown scope', environment, ['--scope', 'orders:all'], /^ {2}--scope: .*; unknown: orders:all$/m],
    ['with an invalid lifetime', environment, ['--expires', 'soon'], /^ {2}--expires: must be a number with a unit/m],
    [
      'with a lifetime above the maximum age',
      environment,
      ['--expires', '2d'],
      /^ {2}--expires: must not exceed JWT_MAX_AGE_S/m,
    ],
    ['with an unknown option', environment, ['--admin'], /--admin/],
    ['without a secret', {}, ['--sub', 'ann'], /^cannot sign a token: JWT_SECRET: is required/m],
    [
      'with a short secret',
      { JWT_SECRET: 'short' },
      ['--sub', 'ann'],
      /^cannot sign a token: JWT_SECRET: must have at least 32 bytes$/m,
    ],
  ])('the token command %s reports the error and creates no token', async (_, variables, options, message) => {
    const { code, stdout, stderr } = await runTokenCommand(variables, ...options);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/ at .*:\d+:\d+/);
  });
});
