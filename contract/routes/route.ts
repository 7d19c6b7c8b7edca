// Definitions that all routes share: the ts-rest builder, metadata, and common error responses.

import { initContract } from '@ts-rest/core';
import { z } from 'zod';
import { problemResponses } from '../problems/problem.ts';
import type { ProblemCode } from '../problems/problem-table.ts';
import { idParameter } from '../schemas/primitives.ts';
import type { Scope } from '../scopes.ts';

/** The ts-rest builder of routes and responses. */
export const contractBuilder = initContract();

/** The tags of the OpenAPI document, in display order. */
export const tags = ['Orders', 'Validations', 'Events', 'Webhooks', 'Policy', 'Operations', 'Documentation'] as const;
/** One of {@link tags}. */
export type Tag = (typeof tags)[number];

/**
 * The metadata of a route. `scopes`: all scopes that callers need. Empty: any valid token. Null: the route requires no
 * authentication.
 */
export type RouteMetadata = { tag: Tag; scopes: readonly Scope[] | null };

/** The metadata of a route that requires a token with these scopes. */
export function metadata(tag: Tag, ...scopes: Scope[]): RouteMetadata {
  return { tag, scopes };
}

/** The metadata of a route that requires no authentication. */
export function publicMetadata(tag: Tag): RouteMetadata {
  return { tag, scopes: null };
}

/** The error responses of a route without authentication, plus those for `codes`. */
export function publicProblems<Code extends ProblemCode = never>(...codes: Code[]) {
  return problemResponses<Code | CommonCode>(...commonCodes, ...codes);
}

const commonCodes = [
  'invalid-request',
  'forbidden',
  'uri-too-long',
  'headers-too-large',
  'internal',
  'unavailable',
] as const;
type CommonCode = (typeof commonCodes)[number];

/** The error responses of a route that requires scopes, plus those for `codes`. */
export function problems<Code extends ProblemCode = never>(...codes: Code[]) {
  return publicProblems<Code | 'unauthenticated' | 'too-many-requests'>(
    'unauthenticated',
    'too-many-requests',
    ...codes,
  );
}

/** The error responses of a route that requires scopes and whose method may have a body, plus those for `codes`. */
export function problemsWithBody<Code extends ProblemCode = never>(...codes: Code[]) {
  return problems<Code | 'request-timeout' | 'payload-too-large' | 'unsupported-media-type'>(
    'request-timeout',
    'payload-too-large',
    'unsupported-media-type',
    ...codes,
  );
}

/** The query of a route without parameters. Every parameter is rejected. */
export const noQuery = z.strictObject({});

/** The query of a health check. Probes may add any parameter, for example to bypass caches. */
export const ignoredQuery = z.object({});

/** The body of a command without parameters: absent or an empty object. */
export const emptyBody = z.strictObject({}).optional();

/** The path parameters of routes below an order. */
export const orderPath = z.object({ orderId: idParameter('The id of the order') });
/** The path parameters of routes below a validation. */
export const validationPath = z.object({ validationId: idParameter('The id of the validation') });
