// Configuration of authentication: whether requests need a token, and how tokens are verified.

import { z } from 'zod';
import { isLoopback } from '../shared/loopback.ts';
import { type ClaimSettings, claimVariables, toClaimSettings } from './claim-settings.ts';
import { integerVariable, parseList } from './variables.ts';

/** The requirements that a token must meet. `undefined` for `issuer` or `audiences`: the claim is not checked. */
export type Authentication = {
  issuer: string | undefined;
  /** A token must be for one of these. */
  audiences: readonly string[] | undefined;
  claimSettings: ClaimSettings;
  /** The longest time since a token was issued, in seconds. */
  maxAgeS: number;
} & ({ kind: 'secret'; secret: string } | { kind: 'key-set'; url: string });

/** RFC 7518, section 3.2: the key of HS256 must be at least as long as its hash. */
const secretText = z.string().refine((value) => Buffer.byteLength(value) >= 32, 'must have at least 32 bytes');

const keySetUrl = z
  .string()
  .refine(
    isSafeUrl,
    'must be an https: URL, or an http: URL of a loopback host, without user name, password and fragment',
  );

/** The keys must not be downloaded over an untrusted connection: their owner can sign any token. */
function isSafeUrl(text: string): boolean {
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
  JWT_AUDIENCE: z
    .string()
    .transform(parseList)
    .refine((audiences) => audiences.length > 0, 'must be audiences separated by commas')
    .optional(),
  JWT_MAX_AGE_S: integerVariable(60, 31_536_000).default(86_400),
  ...claimVariables,
};

type Values = z.infer<z.ZodObject<typeof authenticationVariables>>;

/** Returns undefined if authentication is off. */
export function toAuthentication(values: Values): Authentication | undefined {
  const { AUTH, JWT_SECRET: secret, JWKS_URL: url } = values;
  const requirements = {
    issuer: values.JWT_ISSUER,
    audiences: values.JWT_AUDIENCE,
    claimSettings: toClaimSettings(values),
    maxAgeS: values.JWT_MAX_AGE_S,
  };
  if (AUTH === 'off') return undefined;
  if (secret !== undefined) return { kind: 'secret', secret, ...requirements };
  return url === undefined ? undefined : { kind: 'key-set', url, ...requirements };
}

type Variables = Record<string, string | undefined>;
type Conflict = { name: string; message: string; exists: (variables: Variables) => boolean };

/** Whether a verification key is configured, even if AUTH=off disables it. */
export function hasVerificationKey({ JWT_SECRET, JWKS_URL }: Variables): boolean {
  return JWT_SECRET !== undefined || JWKS_URL !== undefined;
}

const keyOrOff = 'JWT_SECRET or JWKS_URL; set AUTH=off to accept requests without a token';

const conflicts: readonly Conflict[] = [
  {
    name: 'HOST',
    message: `opens the service to other machines, which requires ${keyOrOff}`,
    exists: (variables) =>
      !isLoopback(variables.HOST ?? 'localhost') && variables.AUTH !== 'off' && !hasVerificationKey(variables),
  },
  {
    name: 'AUTH',
    message: 'jwt requires JWT_SECRET or JWKS_URL',
    exists: (variables) => variables.AUTH === 'jwt' && !hasVerificationKey(variables),
  },
  {
    name: 'JWKS_URL',
    message: 'must not be set together with JWT_SECRET',
    exists: ({ JWKS_URL, JWT_SECRET }) => JWKS_URL !== undefined && JWT_SECRET !== undefined,
  },
  ...['JWT_ISSUER', 'JWT_AUDIENCE'].map((name) => ({
    name,
    message: 'is required with JWKS_URL, because its keys may also sign tokens for other services',
    exists: (variables: Variables) => variables.JWKS_URL !== undefined && variables[name] === undefined,
  })),
  {
    name: 'SEPARATION_OF_DUTIES',
    message:
      'on requires JWT_SECRET or JWKS_URL: without tokens all callers are one actor, which could approve nothing',
    exists: (variables) =>
      variables.SEPARATION_OF_DUTIES === 'on' && (variables.AUTH === 'off' || !hasVerificationKey(variables)),
  },
  {
    name: 'JWT_AUDIENCE_CLAIM',
    message: 'has no effect without JWT_AUDIENCE',
    exists: ({ JWT_AUDIENCE_CLAIM, JWT_AUDIENCE }) => JWT_AUDIENCE_CLAIM !== undefined && JWT_AUDIENCE === undefined,
  },
  // These variables show that the operator expects authentication.
  ...['JWT_ISSUER', 'JWT_AUDIENCE', 'JWT_MAX_AGE_S', ...Object.keys(claimVariables)].map((name) => ({
    name,
    message: `has no effect without ${keyOrOff}`,
    exists: (variables: Variables) =>
      variables[name] !== undefined && variables.AUTH === undefined && !hasVerificationKey(variables),
  })),
];

/** Returns one sentence for each conflict between several variables. */
export function findConflicts(variables: Variables): string[] {
  return conflicts.filter(({ exists }) => exists(variables)).map(({ name, message }) => `${name}: ${message}`);
}
