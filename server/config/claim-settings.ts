// Configuration of the claims that the service expects in tokens. Issuers give them different names.

import { z } from 'zod';
import { parseList } from './variables.ts';

/** The claims in which the service finds the scopes and the audience of a token, and its other requirements. */
export type ClaimSettings = {
  /** Claims with scopes: text separated by spaces, or a list of texts. Absent ones are ignored. */
  scopeClaims: readonly string[];
  /** The beginning of every scope, which is removed. Scopes without it have no effect. Empty: none. */
  scopePrefix: string;
  /** The claim that names the audience: text, or a list of texts. */
  audienceClaim: string;
  /** Claims that must have this value, or a list that contains it. */
  requiredClaims: readonly RequiredClaim[];
  /** The required media type in the `typ` header (RFC 7515, section 4.1.9). Undefined: any, or none. */
  requiredTyp: string | undefined;
};

/** A claim that a token must have, with its value as text. */
export type RequiredClaim = { readonly name: string; readonly value: string };

/** The settings without any of the variables. */
export const defaultClaimSettings: ClaimSettings = {
  scopeClaims: ['scope'],
  scopePrefix: '',
  audienceClaim: 'aud',
  requiredClaims: [],
  requiredTyp: undefined,
};

/** The claims that the service verifies itself (RFC 7519, section 4.1). They never contain scopes. */
const verifiedClaims: readonly string[] = ['iss', 'sub', 'aud', 'exp', 'nbf', 'iat', 'jti'];

function isClaimName(text: string): boolean {
  return /^[^\s,=\p{Cc}]{1,255}$/u.test(text);
}

function hasDuplicates(texts: readonly string[]): boolean {
  return new Set(texts).size < texts.length;
}

const scopeClaimsText = z.string().transform((value, context): string[] => {
  const names = parseList(value);
  const isValid = names.length >= 1 && names.length <= 10 && names.every(isClaimName) && !hasDuplicates(names);
  if (!isValid) context.addIssue('must be 1 to 10 different names of claims, separated by commas');
  const verified = names.find((name) => verifiedClaims.includes(name));
  if (verified !== undefined) context.addIssue(`must not contain '${verified}', which is not a claim for scopes`);
  return names;
});

const audienceClaimText = z
  .string()
  .refine(isClaimName, 'must be the name of a claim')
  .refine((name) => name === 'aud' || !verifiedClaims.includes(name), 'must not be a claim with another meaning');

/** Scopes consist of these characters (RFC 6749, section 3.3). */
const scopePrefixText = z.string().regex(/^[!#-[\]-~]{1,255}$/, 'must be the beginning of a scope, without blanks');

/** Pairs as in `token_use=access`. */
const requiredClaimsText = z.string().transform((value, context): RequiredClaim[] => {
  const pairs = parseList(value).map((text) => {
    const separator = text.indexOf('=');
    return { name: text.slice(0, Math.max(0, separator)), value: text.slice(separator + 1) };
  });
  if (pairs.length === 0 || pairs.some(({ name, value }) => !isClaimName(name) || value === '')) {
    context.addIssue('must be claims and their values as in token_use=access, separated by commas');
  }
  const names = pairs.map(({ name }) => name);
  if (hasDuplicates(names)) context.addIssue('must contain each claim once');
  const verified = names.find((name) => verifiedClaims.includes(name));
  if (verified !== undefined) context.addIssue(`must not contain '${verified}', which the service verifies itself`);
  return pairs;
});

/** A media type, whose `application/` may be omitted (RFC 7515, section 4.1.9). */
const typText = z.string().regex(/^[\w!#$&^.+-]+(\/[\w!#$&^.+-]+)?$/, 'must be a media type as in at+jwt');

/** The variables for the claims of tokens, with their defaults. */
export const claimVariables = {
  JWT_SCOPE_CLAIM: scopeClaimsText.default([...defaultClaimSettings.scopeClaims]),
  JWT_SCOPE_PREFIX: scopePrefixText.default(defaultClaimSettings.scopePrefix),
  JWT_AUDIENCE_CLAIM: audienceClaimText.default(defaultClaimSettings.audienceClaim),
  JWT_REQUIRED_CLAIMS: requiredClaimsText.default([]),
  JWT_REQUIRED_TYP: typText.optional(),
};

/** Converts the parsed variables. */
export function toClaimSettings(values: z.infer<z.ZodObject<typeof claimVariables>>): ClaimSettings {
  return {
    scopeClaims: values.JWT_SCOPE_CLAIM,
    scopePrefix: values.JWT_SCOPE_PREFIX,
    audienceClaim: values.JWT_AUDIENCE_CLAIM,
    requiredClaims: values.JWT_REQUIRED_CLAIMS,
    requiredTyp: values.JWT_REQUIRED_TYP,
  };
}
