// A command for development: npm run --silent token -- --sub ann --scope "orders:read orders:write" --expires 1h
// It signs a token with JWT_SECRET and prints it, and nothing else, on standard output.

import { parseArgs } from 'node:util';
import { readConfig } from '../config/config.ts';
import { StartupError } from '../shared/startup-error.ts';
import { signToken } from './sign-token.ts';

const options = {
  sub: { type: 'string', default: '' },
  scope: { type: 'string', default: '' },
  expires: { type: 'string', default: '1h' },
} as const;

try {
  const { values } = parseArgs({ options });
  const { authentication } = readConfig(process.env);
  process.stdout.write(`${await signToken(values, authentication)}\n`);
} catch (error) {
  const faults =
    error instanceof StartupError ? error.reasons : [error instanceof Error ? error.message : String(error)];
  process.stderr.write(`no token:\n${faults.map((fault) => `  ${fault}\n`).join('')}`);
  process.exitCode = 1;
}
