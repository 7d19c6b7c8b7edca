// The command `npm run --silent token -- --sub ann --scope "orders:read orders:write" --expires 1h`, for development.
// Signs a token with JWT_SECRET and writes only the token to standard output.

import { parseArgs } from 'node:util';
import { readConfig } from '../config/config.ts';
import { formatStartupError } from '../shared/startup-error.ts';
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
  process.stderr.write(formatStartupError('cannot sign a token', error));
  process.exitCode = 1;
}
