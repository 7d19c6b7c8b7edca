// What all routes share: the ts-rest instance, their metadata, and the problems that any of them can answer.

import { initContract } from '@ts-rest/core';
import { z } from 'zod';
import { idParameter } from './primitives.ts';
import { problemResponses } from './problem.ts';
import type { ProblemCode } from './problem-table.ts';
import type { Scope } from './scopes.ts';

export const contractBuilder = initContract();

/** The groups of the document, in its order. */
export const tags = ['Orders', 'Validations', 'Events', 'Webhooks', 'Policy', 'Operations', 'Documentation'] as const;
export type Tag = (typeof tags)[number];

/**
 * What a route says of itself besides its shapes. `scopes`: all that its callers need; null: it is open to everybody.
 * `hasPage`: it answers with a page where the caller would rather have HTML.
 */
export type RouteMetadata = { tag: Tag; scopes: readonly [Scope, ...Scope[]] | null; hasPage?: true };

/** What a route says of itself that asks its callers for these scopes. */
export function metadata(tag: Tag, ...scopes: [Scope, ...Scope[]]): RouteMetadata {
  return { tag, scopes };
}

/** What a route says of itself that is open to everybody. */
export function publicMetadata(tag: Tag): RouteMetadata {
  return { tag, scopes: null };
}

/** The responses for what any route can refuse that is open to everybody, and for the `codes` of this one. */
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

/** The responses for what any route can refuse that asks for a scope, and for the `codes` of this one. */
export function problems<Code extends ProblemCode = never>(...codes: Code[]) {
  return publicProblems<Code | 'unauthenticated' | 'too-many-requests'>(
    'unauthenticated',
    'too-many-requests',
    ...codes,
  );
}

/** The responses of a route that takes a body. */
export function problemsWithBody<Code extends ProblemCode = never>(...codes: Code[]) {
  return problems<Code | 'request-timeout' | 'payload-too-large' | 'unsupported-media-type'>(
    'request-timeout',
    'payload-too-large',
    'unsupported-media-type',
    ...codes,
  );
}

/** The query of a route that takes none: every parameter is refused. */
export const noQuery = z.strictObject({});

/** The body of a command that needs none: absent or an empty object. */
export const emptyBody = z.strictObject({}).optional();

export const orderPath = z.object({ orderId: idParameter('The id of the order') });
export const validationPath = z.object({ validationId: idParameter('The id of the validation') });
