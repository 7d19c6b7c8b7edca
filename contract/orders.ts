// The routes of orders.

import { z } from 'zod';
import { event, eventExample } from './event.ts';
import { newOrder, order, orderEdit, orderExample } from './order.ts';
import { countedPage, page, pageExample, pageParameters, pageQuery, rejectOffsetWithCursor } from './page.ts';
import { conditionalHeaders, conditionalIdempotencyHeaders, idempotencyHeaders } from './preconditions.ts';
import { booleanParameter, listParameter, text, timestampParameter } from './primitives.ts';
import type { ProblemCode } from './problem-table.ts';
import { contractBuilder, emptyBody, metadata, noQuery, orderPath, problems, problemsWithBody } from './route.ts';
import { validation, validationExample } from './validation.ts';
import { orderStatuses } from './workflow.ts';

const orderFilters = {
  status: listParameter(orderStatuses).optional().meta({ description: 'One or more, separated by commas' }),
  customerId: text(1, 64).optional(),
  reference: text(1, 64).optional(),
  createdFrom: timestampParameter.optional().meta({ description: 'Created at or after this moment (RFC 3339)' }),
  createdTo: timestampParameter.optional().meta({ description: 'Created before this moment (RFC 3339)' }),
};

const listQuery = z
  .strictObject({
    ...pageParameters,
    ...orderFilters,
    sort: z.enum(['-id', 'id']).default('-id').meta({ description: '`-id`: newest first; `id`: oldest first' }),
    withTotal: booleanParameter.optional().meta({ description: 'Whether to count them: exact, or up to 10,000' }),
  })
  .superRefine(rejectOffsetWithCursor);

const orderPage = z
  .object({ data: z.array(order), page: countedPage })
  .meta({ title: 'OrderPage', example: { data: [orderExample], page: pageExample } });

const eventPage = z
  .object({ data: z.array(event), page })
  .meta({ title: 'EventPage', example: { data: [eventExample], page: pageExample } });

const validationPage = z
  .object({ data: z.array(validation), page })
  .meta({ title: 'ValidationPage', example: { data: [validationExample], page: pageExample } });

const validationStarted = z
  .object({ message: z.literal('validation started'), validation })
  .meta({ title: 'ValidationStarted', example: { message: 'validation started', validation: validationExample } });

/** What a POST below an order can be refused for, besides the `codes` of this one. */
function problemsOfCommand<Code extends ProblemCode = never>(...codes: Code[]) {
  return problemsWithBody<Code | 'not-found' | 'invalid-transition' | 'version-mismatch' | 'idempotency-key-reused'>(
    'not-found',
    'invalid-transition',
    'version-mismatch',
    'idempotency-key-reused',
    ...codes,
  );
}

export const ordersRoutes = contractBuilder.router({
  create: {
    method: 'POST',
    path: '/orders',
    summary: 'Create an order',
    description: 'Answers the order in status CREATED, its address in `Location`, its version in `ETag`.',
    headers: idempotencyHeaders,
    query: noQuery,
    body: newOrder,
    responses: { 201: order, ...problemsWithBody('conflict', 'idempotency-key-reused') },
    metadata: metadata('Orders', 'orders:write'),
  },
  list: {
    method: 'GET',
    path: '/orders',
    summary: 'List orders',
    description: 'Newest first. Filters can be combined; each narrows the list.',
    query: listQuery,
    responses: {
      200: orderPage,
      ...problems(),
    },
    metadata: metadata('Orders', 'orders:read'),
  },
  get: {
    method: 'GET',
    path: '/orders/:orderId',
    pathParams: orderPath,
    summary: 'Read an order',
    query: noQuery,
    description: 'With `If-None-Match` and the version that is known already: 304, without a body.',
    responses: { 200: order, 304: contractBuilder.noBody(), ...problems('not-found') },
    metadata: metadata('Orders', 'orders:read'),
  },
  edit: {
    method: 'PUT',
    path: '/orders/:orderId',
    pathParams: orderPath,
    summary: 'Edit an order',
    description:
      'Only while it is CREATED and not being validated. What is absent stays; null clears; `items` and `metadata` ' +
      'are replaced whole. A request that changes nothing makes no new version. The status cannot be written.',
    headers: conditionalHeaders,
    query: noQuery,
    body: orderEdit,
    responses: {
      200: order,
      ...problemsWithBody('not-found', 'invalid-transition', 'validation-in-progress', 'conflict', 'version-mismatch'),
    },
    metadata: metadata('Orders', 'orders:write'),
  },
  validate: {
    method: 'POST',
    path: '/orders/:orderId/validate',
    pathParams: orderPath,
    summary: 'Start the validation of an order',
    description:
      'The rules run in the background; `Location` leads to the run. Where one is under way already, that one is ' +
      'answered.',
    headers: conditionalIdempotencyHeaders,
    query: noQuery,
    body: emptyBody,
    responses: { 202: validationStarted, ...problemsOfCommand() },
    metadata: metadata('Orders', 'orders:write'),
  },
  approve: {
    method: 'POST',
    path: '/orders/:orderId/approve',
    pathParams: orderPath,
    summary: 'Approve a validated order',
    headers: conditionalIdempotencyHeaders,
    query: noQuery,
    body: z
      .strictObject({ note: text(0, 2000).optional() })
      .meta({ title: 'Approval', example: { note: 'Within the budget' } })
      .optional(),
    responses: { 200: order, ...problemsOfCommand('separation-of-duties') },
    metadata: metadata('Orders', 'orders:approve'),
  },
  reject: {
    method: 'POST',
    path: '/orders/:orderId/reject',
    pathParams: orderPath,
    summary: 'Reject an order',
    description: 'Also cancels a validation that is under way.',
    headers: conditionalIdempotencyHeaders,
    query: noQuery,
    body: z
      .strictObject({ reason: text(0, 2000).optional() })
      .meta({ title: 'RejectionRequest', example: { reason: 'Out of stock' } })
      .optional(),
    responses: { 200: order, ...problemsOfCommand() },
    metadata: metadata('Orders', 'orders:approve'),
  },
  events: {
    method: 'GET',
    path: '/orders/:orderId/events',
    pathParams: orderPath,
    summary: 'Read the history of an order',
    description: 'Oldest first.',
    query: pageQuery,
    responses: {
      200: eventPage,
      ...problems('not-found'),
    },
    metadata: metadata('Orders', 'orders:read'),
  },
  validations: {
    method: 'GET',
    path: '/orders/:orderId/validations',
    pathParams: orderPath,
    summary: 'List the validations of an order',
    description: 'Newest first.',
    query: pageQuery,
    responses: {
      200: validationPage,
      ...problems('not-found'),
    },
    metadata: metadata('Orders', 'orders:read'),
  },
});
