// The table of problems (RFC 9457): the HTTP status of each code, its texts, and its additional members.

import { z } from 'zod';
import { id } from '../schemas/primitives.ts';
import { scopeNames } from '../scopes.ts';
import { actions, orderStatuses } from '../workflow.ts';
import { fieldError, type ProblemDefinition, positive, retryAfter } from './problem-parts.ts';

/** Problem code → definition. The meaning of a code never changes; new codes may be added. */
export const problemTable = {
  'invalid-request': {
    status: 400,
    title: 'Invalid request',
    meaning:
      'The request is not valid HTTP, its body is not valid JSON or has duplicate member names, or a field, ' +
      'parameter or header is missing, unknown, of the wrong type or out of range.',
    remedy: 'Correct every error listed in `errors` and send the request again.',
    members: { errors: z.array(fieldError).meta({ description: 'All violated constraints' }) },
    example: { errors: [{ pointer: '/items/0/quantity', detail: 'must be at least 1' }] },
  },
  'invalid-transition': {
    status: 400,
    title: 'Invalid transition',
    meaning: 'The workflow does not allow the action in the current status of the order.',
    remedy: 'Read the order again. `allowedActions` lists the actions that its current state allows.',
    members: {
      action: z.enum(actions).meta({ description: 'The refused action' }),
      currentStatus: z.enum(orderStatuses).meta({ description: 'The status of the order' }),
      allowedFrom: z.array(z.enum(orderStatuses)).meta({ description: 'The statuses in which the action is allowed' }),
    },
    example: { action: 'approve', currentStatus: 'CREATED', allowedFrom: ['VALIDATED'] },
  },
  unauthenticated: {
    status: 401,
    title: 'Authentication required',
    meaning: 'The request has no token, or the token is invalid or expired.',
    remedy: 'Read `detail`, then send `Authorization: Bearer` with a valid token.',
    members: {},
    example: {},
  },
  forbidden: {
    status: 403,
    title: 'Forbidden',
    meaning:
      'The token lacks a required scope, the request comes from a page of an origin that is not allowed or is ' +
      'addressed to a host that is not allowed, or it uses plain HTTP where HTTPS is required.',
    remedy:
      'Use a token with the scope in `scope`, call from the same origin, ask the operator to add the origin to ' +
      'CORS_ORIGINS or the host to ALLOWED_HOSTS, or use HTTPS.',
    members: {
      scope: z.enum(scopeNames).optional().meta({ description: 'The missing scope' }),
      origin: z.string().optional().meta({ description: 'The origin that is not allowed' }),
      host: z.string().optional().meta({ description: 'The host that is not allowed' }),
    },
    example: { scope: 'orders:approve' },
  },
  'separation-of-duties': {
    status: 403,
    title: 'Separation of duties',
    meaning: 'A user who created or edited an order may not approve it.',
    remedy: 'Ask a user who neither created nor edited the order to approve it.',
    members: {},
    example: {},
  },
  'not-found': {
    status: 404,
    title: 'Not found',
    meaning: 'The path is unknown, or no resource has this id.',
    remedy: 'Check the path and the id.',
    members: {},
    example: {},
  },
  'method-not-allowed': {
    status: 405,
    title: 'Method not allowed',
    meaning: 'The path exists but does not support this method.',
    remedy: 'Use one of the methods in the Allow header.',
    members: { allow: z.array(z.string()).meta({ description: 'The methods of the path' }) },
    example: { allow: ['GET', 'HEAD', 'PUT'] },
  },
  'request-timeout': {
    status: 408,
    title: 'Request timeout',
    meaning: 'The headers or the body of the request did not arrive within the time limit.',
    remedy: 'Send the request again on a new connection, without pauses.',
    members: {},
    example: {},
  },
  'validation-in-progress': {
    status: 409,
    title: 'Validation in progress',
    meaning: 'The order is being validated and cannot be changed until the validation ends.',
    remedy: 'Wait until the validation ends, or reject the order, which cancels the validation.',
    members: { validationId: id.meta({ description: 'The validation in progress' }) },
    example: { validationId: 7 },
  },
  conflict: {
    status: 409,
    title: 'Conflict',
    meaning:
      'The reference belongs to another order, the validation cannot be retried, or concurrent writers changed ' +
      'the same data repeatedly.',
    remedy: 'Read `detail`. Use the order in `orderId`, choose another reference, or send the request again.',
    members: { orderId: id.optional().meta({ description: 'The order with the same reference' }) },
    example: { orderId: 42 },
  },
  'version-mismatch': {
    status: 412,
    title: 'Precondition failed',
    meaning: 'The current version of the order is not listed in If-Match.',
    remedy: 'Read the order again, decide again, and send its current version.',
    members: { currentVersion: positive('The version of the order') },
    example: { currentVersion: 4 },
  },
  'payload-too-large': {
    status: 413,
    title: 'Payload too large',
    meaning: 'The body exceeds `maxBodyBytes`.',
    remedy: 'Send a smaller body, or ask the operator to raise MAX_BODY_BYTES.',
    members: { maxBodyBytes: positive('The maximum size of a body in bytes') },
    example: { maxBodyBytes: 262_144 },
  },
  'uri-too-long': {
    status: 414,
    title: 'URI too long',
    meaning: 'The path and query together exceed `maxUriLength` characters.',
    remedy: 'Send fewer or shorter parameters.',
    members: { maxUriLength: positive('The maximum length of path and query in characters') },
    example: { maxUriLength: 8_192 },
  },
  'unsupported-media-type': {
    status: 415,
    title: 'Unsupported media type',
    meaning: 'The body is not JSON in UTF-8, or its content encoding is not supported.',
    remedy: 'Send `Content-Type: application/json`. The supported content encodings are gzip, deflate and br.',
    members: {},
    example: {},
  },
  'idempotency-key-reused': {
    status: 422,
    title: 'Idempotency key reused',
    meaning: 'A different request was sent with this Idempotency-Key within the last 24 hours.',
    remedy: 'Use a new key for a new request. Repeat a key only with an identical request.',
    members: {},
    example: {},
  },
  'too-many-requests': {
    status: 429,
    title: 'Too many requests',
    meaning:
      'The caller exceeded the requests per minute that RATE_LIMIT allows, has too many open event streams or too ' +
      'many unread bytes of responses, or too many invalid tokens came from one address within a minute.',
    remedy:
      'Wait for the seconds in Retry-After. The RateLimit header of every counted response states the remaining ' +
      'requests.',
    members: retryAfter,
    example: { retryAfterSeconds: 30 },
  },
  'headers-too-large': {
    status: 431,
    title: 'Request header fields too large',
    meaning: 'The request has more than `maxHeaders` headers, or its headers exceed `maxHeaderBytes`.',
    remedy: 'Send fewer or shorter headers. Cookies of other services are a common cause.',
    members: {
      maxHeaders: positive('The maximum number of headers'),
      maxHeaderBytes: positive('The maximum size of all headers in bytes'),
    },
    example: { maxHeaders: 100, maxHeaderBytes: 16_384 },
  },
  internal: {
    status: 500,
    title: 'Internal error',
    meaning: 'The service encountered an unexpected error. It is logged with the same request id.',
    remedy: 'Try again later. If the error persists, report the request id to the operator.',
    members: {},
    example: {},
  },
  unavailable: {
    status: 503,
    title: 'Service unavailable',
    meaning:
      'The database is busy or unreachable, its disk is full, a queue is full, too many bytes of responses are ' +
      'unread, the token keys cannot be fetched, or the service is stopping.',
    remedy: 'Try again after the seconds in Retry-After.',
    members: retryAfter,
    example: { retryAfterSeconds: 1 },
  },
} as const satisfies Record<string, ProblemDefinition>;

/** The code of a problem: stable, and the last segment of its `type`. */
export type ProblemCode = keyof typeof problemTable;

/** All problem codes, in the order of the table. */
export const problemCodes = Object.keys(problemTable) as [ProblemCode, ...ProblemCode[]];

/** The additional members of a problem with this code. */
export type ProblemMembers<Code extends ProblemCode> = z.infer<z.ZodObject<(typeof problemTable)[Code]['members']>>;

export type { FieldError } from './problem-parts.ts';
