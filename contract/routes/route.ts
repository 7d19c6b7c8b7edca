// Definitions that all routes share: the ts-rest builder, metadata, and common error responses.

import { initContract } from '@ts-rest/core';
import { z } from 'zod';
import { problemResponses } from '../problems/problem.ts';
import type { ProblemCode } from '../problems/problem-table.ts';
import type { ResponseHeaderName } from '../response-headers.ts';
import { idParameter } from '../schemas/primitives.ts';
import type { Scope } from '../scopes.ts';

/** The ts-rest builder of routes and responses. */
export const contractBuilder = initContract();

/** Tag of the OpenAPI document → description, in display order. */
export const tags = {
  Orders: 'Orders are created, edited, validated, approved and rejected.',
  Validations: 'A validation evaluates the rules of the policy for one version of an order, in the background.',
  Events: 'The event log contains every change. Clients poll it as a feed or follow it as a stream.',
  Webhooks: 'Webhooks send events to receivers, signed according to Standard Webhooks.',
  Policy: 'The policy contains the rules that orders must satisfy.',
  Operations: 'Health checks, statistics, and the identity of the caller.',
  Documentation: 'The OpenAPI document, and the explanations of problems.',
} as const;
/** One of {@link tags}. */
export type Tag = keyof typeof tags;

/**
 * The metadata of a route. `scopes`: all scopes that callers need. Empty: any valid token. Null: the route requires no
 * authentication. `headers`: the headers that every successful response has, besides those of all responses.
 */
export type RouteMetadata = {
  tag: Tag;
  scopes: readonly Scope[] | null;
  headers?: readonly ResponseHeaderName[];
};

/** The metadata of a route that requires a token with these scopes. */
export function metadata(tag: Tag, ...scopes: Scope[]): RouteMetadata {
  return { tag, scopes };
}

/** Adds the headers of successful responses to the metadata of a route. */
export function withHeaders(base: RouteMetadata, ...headers: ResponseHeaderName[]): RouteMetadata {
  return { ...base, headers };
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
