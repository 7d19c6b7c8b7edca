// Configurations of the service under test.

import { scopeNames } from '../../contract/scopes.ts';
import { signToken } from '../../server/cli/sign-token.ts';
import { readConfig } from '../../server/config/config.ts';

type ProfileSettings = {
  environment: Record<string, string>;
  /** The headers that every request must have: a token if authentication is on. */
  headers: Record<string, string>;
};

const JWT_SECRET = 'the secret of a benchmark, with 32 bytes and more';
const tokenRequest = { sub: 'bench', scope: scopeNames.join(' '), expires: '1d' };
const token = await signToken(tokenRequest, readConfig({ JWT_SECRET }).authentication);

/** All streams and connections of a benchmark have one caller. */
const oneCaller = { MAX_STREAMS_PER_CALLER: '10000', MAX_CONNECTIONS_PER_ADDRESS: '10000' };

/** The environment variables and request headers of each profile. */
export const profiles = {
  /** Request handling only: no request log, no rate limits, no authentication. */
  quiet: { environment: { ...oneCaller, LOG_LEVEL: 'warn', RATE_LIMIT: 'off' }, headers: {} },
  /** As in production: request log, authentication, and rate limits, which are too high to be reached. */
  full: {
    // All requests have the same caller, who approves its own orders.
    environment: {
      ...oneCaller,
      ...{ JWT_SECRET, SEPARATION_OF_DUTIES: 'off' },
      ...{ LOG_LEVEL: 'info', RATE_LIMIT: 'reads=100000000,writes=100000000' },
    },
    headers: { authorization: `Bearer ${token}` },
  },
} satisfies Record<string, ProfileSettings>;

/** The name of a profile. */
export type Profile = keyof typeof profiles;
