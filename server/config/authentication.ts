// The part of the configuration that says who is asked for a token, and which tokens are good.

import { z } from 'zod';
import type { Authentication } from '../auth/authenticator.ts';
import { isLoopback } from '../shared/loopback.ts';
import { integerVariable } from './variables.ts';

/** RFC 7518, section 3.2: the key of HS256 has at least as many bits as its hash. */
const secretText = z.string().refine((value) => Buffer.byteLength(value) >= 32, 'must have at least 32 bytes');

const keySetUrl = z
  .string()
  .refine(isSafeAddress, 'must be an https: URL without user, password and fragment, or an http: one of this machine');

/** Whoever can change what is answered there can sign tokens. */
function isSafeAddress(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, username, password, hash } = new URL(text);
  const isSafe = protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname));
  return isSafe && username === '' && password === '' && hash === '';
}

export const authenticationVariables = {
  AUTH: z.enum(['jwt', 'off'], 'must be jwt or off').optional(),
  JWT_SECRET: secretText.optional(),
  JWKS_URL: keySetUrl.optional(),
  JWT_ISSUER: z.string().optional(),
  JWT_AUDIENCE: z.string().optional(),
  JWT_MAX_AGE_S: integerVariable(60, 31_536_000).default(86_400),
};

type Values = z.infer<z.ZodObject<typeof authenticationVariables>>;

/** Undefined where nobody is asked who they are. */
export function toAuthentication(values: Values): Authentication | undefined {
  const { AUTH, JWT_SECRET: secret, JWKS_URL: url } = values;
  const terms = { issuer: values.JWT_ISSUER, audience: values.JWT_AUDIENCE, maxAgeS: values.JWT_MAX_AGE_S };
  if (AUTH === 'off') return undefined;
  if (secret !== undefined) return { kind: 'secret', secret, ...terms };
  return url === undefined ? undefined : { kind: 'key-set', url, ...terms };
}

type Given = Record<string, string | undefined>;
type Contradiction = { name: string; message: string; isIn: (given: Given) => boolean };

/** Whether a key is given, be it used or not. */
export function hasVerificationKey({ JWT_SECRET, JWKS_URL }: Given): boolean {
  return JWT_SECRET !== undefined || JWKS_URL !== undefined;
}

const orOpen = 'JWT_SECRET or JWKS_URL; say AUTH=off if nobody shall be asked who they are';

const contradictions: readonly Contradiction[] = [
  {
    name: 'HOST',
    message: `opens the service to others, who need ${orOpen}`,
    isIn: (given) => !isLoopback(given.HOST ?? 'localhost') && given.AUTH !== 'off' && !hasVerificationKey(given),
  },
  {
    name: 'AUTH',
    message: 'jwt needs JWT_SECRET or JWKS_URL',
    isIn: (given) => given.AUTH === 'jwt' && !hasVerificationKey(given),
  },
  {
    name: 'JWKS_URL',
    message: 'must not stand beside JWT_SECRET: tokens are signed with the one or with the other',
    isIn: (given) => given.JWKS_URL !== undefined && given.JWT_SECRET !== undefined,
  },
  ...['JWT_ISSUER', 'JWT_AUDIENCE'].map((name) => ({
    name,
    message: 'is needed with JWKS_URL, whose keys may sign tokens for others too',
    isIn: (given: Given) => given.JWKS_URL !== undefined && given[name] === undefined,
  })),
  {
    name: 'SEPARATION_OF_DUTIES',
    message: 'on needs JWT_SECRET or JWKS_URL: else everybody is one, and could approve nothing',
    isIn: (given) => given.SEPARATION_OF_DUTIES === 'on' && (given.AUTH === 'off' || !hasVerificationKey(given)),
  },
  // Whoever gives these believes that tokens are asked for.
  ...['JWT_ISSUER', 'JWT_AUDIENCE', 'JWT_MAX_AGE_S'].map((name) => ({
    name,
    message: `is of no use without ${orOpen}`,
    isIn: (given: Given) => given[name] !== undefined && given.AUTH === undefined && !hasVerificationKey(given),
  })),
];

/** What no single variable shows: faults of several together, a sentence each. */
export function findContradictions(given: Given): string[] {
  return contradictions.filter(({ isIn }) => isIn(given)).map(({ name, message }) => `${name}: ${message}`);
}
