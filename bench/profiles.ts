// How the service is set up while it is measured: everything that a profile switches on or off stands here.

import { scopeNames } from '../contract/scopes.ts';
import { signToken } from '../server/cli/sign-token.ts';
import { readConfig } from '../server/config/config.ts';

type Setting = {
  environment: Record<string, string>;
  /** What every request has to bear: a token, where the service asks who is there. */
  headers: Record<string, string>;
};

const JWT_SECRET = 'the secret of a benchmark, with 32 bytes and more';
const order = { sub: 'bench', scope: scopeNames.join(' '), expires: '1d' };
const token = await signToken(order, readConfig({ JWT_SECRET }).authentication);

export const profiles = {
  /** The path of a request alone: nothing is logged, nothing is limited, nobody is asked. */
  quiet: { environment: { LOG_LEVEL: 'warn', RATE_LIMIT: 'off' }, headers: {} },
  /** As in production: every request is logged, has a token, and is counted against a limit too wide to be met. */
  full: {
    // There is one caller for all, who approves their own orders.
    environment: {
      ...{ JWT_SECRET, SEPARATION_OF_DUTIES: 'off' },
      ...{ LOG_LEVEL: 'info', RATE_LIMIT: 'reads=100000000,writes=100000000' },
    },
    headers: { authorization: `Bearer ${token}` },
  },
} satisfies Record<string, Setting>;

export type Profile = keyof typeof profiles;
