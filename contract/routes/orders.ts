// The routes of orders.

import { z } from 'zod';
import type { ProblemCode } from '../problems/problem-table.ts';
import { orderEvent } from '../schemas/events/order-event.ts';
import { newOrderRequest, order, orderEdit } from '../schemas/order.ts';
import { pageQuery, pageSchema } from '../schemas/page.ts';
import { conditionalHeaders, conditionalIdempotencyHeaders, idempotencyHeaders } from '../schemas/preconditions.ts';
import { text } from '../schemas/primitives.ts';
import { validation } from '../schemas/validation.ts';
import { orderListQuery, orderPage } from './order-list.ts';
import {
  contractBuilder,
  emptyBody,
  metadata,
  noQuery,
  orderPath,
  problems,
  problemsWithBody,
  withHeaders,
} from './route.ts';

const eventPage = pageSchema('EventPage', 'A page of the events of an order', orderEvent);

const validationPage = pageSchema('ValidationPage', 'A page of validations', validation);

const validationStarted = z.object({ message: z.literal('validation started'), validation }).meta({
  title: 'ValidationStarted',
  description: 'The validation that was started, or that is in progress',
});

/** The problem responses of every command on an order, plus those for `codes`. */
function problemsOfCommand<Code extends ProblemCode = never>(...codes: Code[]) {
  return problemsWithBody<Code | 'not-found' | 'invalid-transition' | 'version-mismatch' | 'idempotency-key-reused'>(
    'not-found',
    'invalid-transition',
    'version-mismatch',
    'idempotency-key-reused',
    ...codes,
  );
}

/** The routes of orders. */
export const ordersRoutes = contractBuilder.router({
  create: {
    method: 'POST',
    path: '/orders',
    summary: 'Create an order',
    description:
      'Returns the order in status CREATED. The `Location` header is its URL, and the `ETag` header is its version. ' +
      'With `validate`, its validation is started in the same transaction: it has version 2, and two events.',
    headers: idempotencyHeaders,
    query: noQuery,
    body: newOrderRequest,
    responses: { 201: order, ...problemsWithBody('conflict', 'idempotency-key-reused') },
    metadata: withHeaders(metadata('Orders', 'orders:write'), 'Location', 'ETag'),
  },
  list: {
    method: 'GET',
    path: '/orders',
    summary: 'List orders',
    description: 'Returns orders, newest first by default. Filters can be combined.',
    query: orderListQuery,
    responses: { 200: orderPage, ...problems() },
    metadata: metadata('Orders', 'orders:read'),
  },
  get: {
    method: 'GET',
    path: '/orders/:orderId',
    pathParams: orderPath,
    summary: 'Get an order',
    query: noQuery,
    description: 'Returns the order, or 304 without a body if `If-None-Match` contains its current version.',
    responses: { 200: order, 304: contractBuilder.noBody(), ...problems('not-found') },
    metadata: withHeaders(metadata('Orders', 'orders:read'), 'ETag'),
  },
  edit: {
    method: 'PUT',
    path: '/orders/:orderId',
    pathParams: orderPath,
    summary: 'Edit an order',
    description:
      'Requires status CREATED and no validation in progress. Absent fields stay unchanged, null clears a field, and ' +
      '`items` and `metadata` are replaced as a whole. A request that changes nothing creates no new version. The ' +
      'status cannot be edited.',
    headers: conditionalHeaders,
    query: noQuery,
    body: orderEdit,
    responses: {
      200: order,
      ...problemsWithBody('not-found', 'invalid-transition', 'validation-in-progress', 'conflict', 'version-mismatch'),
    },
    metadata: withHeaders(metadata('Orders', 'orders:write'), 'ETag'),
  },
  validate: {
    method: 'POST',
    path: '/orders/:orderId/validate',
    pathParams: orderPath,
    summary: 'Start the validation of an order',
    description:
      'The rules run in the background. The `Location` header is the URL of the validation. If a validation is ' +
      'already in progress, it is returned and no new one is started.',
    headers: conditionalIdempotencyHeaders,
    query: noQuery,
    body: emptyBody,
    responses: { 202: validationStarted, ...problemsOfCommand() },
    metadata: withHeaders(metadata('Orders', 'orders:write'), 'Location'),
  },
  approve: {
    method: 'POST',
    path: '/orders/:orderId/approve',
    pathParams: orderPath,
    summary: 'Approve a validated order',
    description:
      'Requires status VALIDATED. With separation of duties, a user who created or edited the order may not approve ' +
      'it.',
    headers: conditionalIdempotencyHeaders,
    query: noQuery,
    body: z
      .strictObject({ note: text(0, 2000).nullish().meta({ description: 'A note for people; part of the event' }) })
      .meta({ title: 'Approval', description: 'The approval of an order', example: { note: 'Within the budget' } })
      .optional(),
    responses: { 200: order, ...problemsOfCommand('separation-of-duties') },
    metadata: withHeaders(metadata('Orders', 'orders:approve'), 'ETag'),
  },
  reject: {
    method: 'POST',
    path: '/orders/:orderId/reject',
    pathParams: orderPath,
    summary: 'Reject an order',
    description: 'Requires status CREATED or VALIDATED. Cancels a validation that is in progress.',
    headers: conditionalIdempotencyHeaders,
    query: noQuery,
    body: z
      .strictObject({
        reason: text(0, 2000)
          .nullish()
          .meta({ description: 'The reason for people; part of the order and of the event' }),
      })
      .meta({
        title: 'RejectionRequest',
        description: 'The rejection of an order',
        example: { reason: 'Out of stock' },
      })
      .optional(),
    responses: { 200: order, ...problemsOfCommand() },
    metadata: withHeaders(metadata('Orders', 'orders:approve'), 'ETag'),
  },
  events: {
    method: 'GET',
    path: '/orders/:orderId/events',
    pathParams: orderPath,
    summary: 'List the events of an order',
    description: 'Returns the history of the order, oldest event first.',
    query: pageQuery,
    responses: { 200: eventPage, ...problems('not-found') },
    metadata: metadata('Orders', 'orders:read'),
  },
  validations: {
    method: 'GET',
    path: '/orders/:orderId/validations',
    pathParams: orderPath,
    summary: 'List the validations of an order',
    description: 'Returns validations, newest first.',
    query: pageQuery,
    responses: { 200: validationPage, ...problems('not-found') },
    metadata: metadata('Orders', 'orders:read'),
  },
});
