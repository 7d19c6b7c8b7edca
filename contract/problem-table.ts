// Every way a request can be refused, once: its HTTP status, what it means, what to do about it, and the members that
// come with it besides those of RFC 9457.

import { z } from 'zod';
import { id } from './primitives.ts';
import { fieldError, type ProblemDefinition, retryAfter } from './problem-parts.ts';
import { scopeNames } from './scopes.ts';
import { actions, orderStatuses } from './workflow.ts';

/** Problem code → what it is. Codes never change their meaning; new ones may be added. */
export const problemTable = {
  'invalid-request': {
    status: 400,
    title: 'The request does not fit the contract',
    meaning:
      'The request is not HTTP, its body is not JSON that can be read in one way only, or a field, parameter or header ' +
      'is missing, unknown, of the wrong type or out of range.',
    remedy: 'Mend every fault listed in `errors` and send the request again.',
    members: { errors: z.array(fieldError) },
    example: { errors: [{ pointer: '/items/0/quantity', detail: 'must be at least 1' }] },
  },
  'invalid-transition': {
    status: 400,
    title: 'The order does not allow this in its present status',
    meaning: 'The workflow has no such step from the status that the order is in.',
    remedy: 'Read the order again: `allowedActions` says what can be done with it now.',
    members: {
      action: z.enum(actions),
      currentStatus: z.enum(orderStatuses),
      allowedFrom: z.array(z.enum(orderStatuses)),
    },
    example: { action: 'approve', currentStatus: 'CREATED', allowedFrom: ['VALIDATED'] },
  },
  unauthenticated: {
    status: 401,
    title: 'Nobody knows who is asking',
    meaning: 'The request has no token, or one that is not accepted.',
    remedy: 'Read `detail`, and send `Authorization: Bearer` with a token that is valid now.',
    members: {},
    example: {},
  },
  forbidden: {
    status: 403,
    title: 'Not allowed',
    meaning:
      'The token lacks the scope that this needs; or a page of another origin, or a request for another host, tried ' +
      'to use the service; or the request was sent by plain HTTP where HTTPS is required.',
    remedy:
      'Use a token with the scope; or call from the same origin, or have the origin added to CORS_ORIGINS, or the ' +
      'host to ALLOWED_HOSTS; or call by HTTPS.',
    members: {
      scope: z.enum(scopeNames).optional().meta({ description: 'The scope that the token lacks' }),
      origin: z.string().optional(),
      host: z.string().optional(),
    },
    example: { scope: 'orders:approve' },
  },
  'separation-of-duties': {
    status: 403,
    title: 'Somebody else has to approve this',
    meaning: 'Whoever has created or edited an order may not approve it.',
    remedy: 'Have it approved by somebody who had no part in it.',
    members: {},
    example: {},
  },
  'not-found': {
    status: 404,
    title: 'There is no such thing',
    meaning: 'The path is unknown, or nothing has this id.',
    remedy: 'Check the path and the id.',
    members: {},
    example: {},
  },
  'method-not-allowed': {
    status: 405,
    title: 'The path does not know this method',
    meaning: 'The path exists, but not with this method.',
    remedy: 'Use one of the methods in the Allow header.',
    members: { allow: z.array(z.string()) },
    example: { allow: ['GET', 'HEAD', 'PUT'] },
  },
  'request-timeout': {
    status: 408,
    title: 'The request did not arrive in time',
    meaning: 'The head or the body of the request came so slowly that the service has stopped waiting for it.',
    remedy: 'Send the request again, on a new connection, without pauses in between.',
    members: {},
    example: {},
  },
  'validation-in-progress': {
    status: 409,
    title: 'A validation is under way',
    meaning: 'The order is being validated, and what is validated must not change meanwhile.',
    remedy: 'Wait until the validation has ended, or reject the order, which cancels it.',
    members: { validationId: id },
    example: { validationId: 7 },
  },
  conflict: {
    status: 409,
    title: 'Something else stands in the way',
    meaning:
      'The reference belongs to another order, the validation is not one that can be retried, or others changed the ' +
      'same again and again at the same time.',
    remedy: 'Read `detail`; use the order that it names, or another reference, or try once more.',
    members: { orderId: id.optional() },
    example: { orderId: 42 },
  },
  'version-mismatch': {
    status: 412,
    title: 'The order has changed meanwhile',
    meaning: 'The order has another version than those that If-Match names.',
    remedy: 'Read the order again, decide again, and send its present version.',
    members: { currentVersion: z.int().min(1) },
    example: { currentVersion: 4 },
  },
  'payload-too-large': {
    status: 413,
    title: 'The body is too large',
    meaning: 'The body is larger than the service accepts.',
    remedy: 'Send less, or have MAX_BODY_BYTES raised.',
    members: { maxBodyBytes: z.int().min(1) },
    example: { maxBodyBytes: 262_144 },
  },
  'uri-too-long': {
    status: 414,
    title: 'The address is too long',
    meaning: 'The path and the query together are longer than the service reads.',
    remedy: 'Ask for less at once: fewer or shorter parameters.',
    members: { maxUriLength: z.int().min(1) },
    example: { maxUriLength: 8_192 },
  },
  'unsupported-media-type': {
    status: 415,
    title: 'The body is not of a supported type',
    meaning: 'Bodies are JSON in UTF-8.',
    remedy: 'Send `Content-Type: application/json`, without a content encoding other than gzip, deflate or br.',
    members: {},
    example: {},
  },
  'idempotency-key-reused': {
    status: 422,
    title: 'The idempotency key belongs to another request',
    meaning: 'Within the last 24 hours, another request was sent with this Idempotency-Key.',
    remedy: 'Use a new key for a new request; only the very same request may be sent again with its key.',
    members: {},
    example: {},
  },
  'too-many-requests': {
    status: 429,
    title: 'Too many requests',
    meaning:
      'The caller has sent more requests within a minute than RATE_LIMIT allows, or more tokens that are not ' +
      'accepted have come from one address than is good.',
    remedy:
      'Send it again after the seconds in Retry-After; the RateLimit headers of every counted answer say what is left.',
    members: retryAfter,
    example: { retryAfterSeconds: 30 },
  },
  'headers-too-large': {
    status: 431,
    title: 'The headers are too large',
    meaning: 'The request has more headers, or more bytes in them, than the service reads.',
    remedy: 'Send fewer and shorter headers; cookies of other services often are the cause.',
    members: { maxHeaders: z.int().min(1), maxHeaderBytes: z.int().min(1) },
    example: { maxHeaders: 100, maxHeaderBytes: 16_384 },
  },
  internal: {
    status: 500,
    title: 'Something is broken inside',
    meaning: 'The service met a fault of its own. It is in the log under the same request id.',
    remedy: 'Try again later, and give the request id to whoever runs the service.',
    members: {},
    example: {},
  },
  unavailable: {
    status: 503,
    title: 'The service cannot do this right now',
    meaning:
      'The database is busy, its disk is full, too much is waiting, the keys of tokens cannot be fetched, or the ' +
      'service is stopping.',
    remedy: 'Try again after the seconds in Retry-After.',
    members: retryAfter,
    example: { retryAfterSeconds: 1 },
  },
} as const satisfies Record<string, ProblemDefinition>;

export type ProblemCode = keyof typeof problemTable;

export const problemCodes = Object.keys(problemTable) as [ProblemCode, ...ProblemCode[]];

/** The members that come with a problem of this code. */
export type ProblemMembers<Code extends ProblemCode> = z.infer<z.ZodObject<(typeof problemTable)[Code]['members']>>;

export type { FieldError } from './problem-parts.ts';
