// The routes of webhooks and their deliveries.

import { z } from 'zod';
import type { ProblemCode } from '../problems/problem-table.ts';
import { delivery, deliveryStates, maxStoredAttempts } from '../schemas/delivery.ts';
import { pageParameters, pageQuery, pageSchema, rejectOffsetWithCursor } from '../schemas/page.ts';
import { idempotencyHeaders } from '../schemas/preconditions.ts';
import { idParameter, integer, listParameter } from '../schemas/primitives.ts';
import { newWebhook, webhook, webhookEdit, webhookWithSecret } from '../schemas/webhook.ts';
import { contractBuilder, emptyBody, metadata, noQuery, problems, problemsWithBody, withHeaders } from './route.ts';

const webhookPath = z.object({ webhookId: idParameter('The id of the webhook') });
const deliveryPath = webhookPath.extend({ deliveryId: idParameter('The id of the delivery') });

const managementMetadata = metadata('Webhooks', 'webhooks:manage');
/** Also requires `orders:read`, because the owner of the URL receives the events. */
const subscriptionMetadata = metadata('Webhooks', 'webhooks:manage', 'orders:read');

const webhookPage = pageSchema('WebhookPage', 'A page of webhooks', webhook);

const deliveryPage = pageSchema('DeliveryPage', 'A page of deliveries', delivery);

const deliveriesQuery = z
  .strictObject({
    ...pageParameters,
    state: listParameter(deliveryStates)
      .optional()
      .meta({ description: 'Return only deliveries in these states: one or more, repeated or separated by commas' }),
  })
  .superRefine(rejectOffsetWithCursor);

const skipBody = z
  .strictObject({
    through: integer(1, Number.MAX_SAFE_INTEGER)
      .nullish()
      .meta({ description: 'The position of the last event to skip. By default, only the failing event is skipped.' }),
  })
  .meta({ title: 'SkipRequest', description: 'The events to skip', example: {} })
  .optional();

/** The error responses of a command on a webhook, plus those for `codes`. */
function problemsOfCommand<Code extends ProblemCode = never>(...codes: Code[]) {
  return problemsWithBody<Code | 'not-found' | 'idempotency-key-reused'>(
    'not-found',
    'idempotency-key-reused',
    ...codes,
  );
}

/** The definitions that all commands on a webhook share. */
const command = {
  method: 'POST',
  headers: idempotencyHeaders,
  query: noQuery,
  body: emptyBody,
  metadata: managementMetadata,
} as const;

/** The routes of webhooks and their deliveries. */
export const webhooksRoutes = contractBuilder.router({
  create: {
    method: 'POST',
    path: '/webhooks',
    summary: 'Create a webhook',
    description:
      'Sends every new event to the URL by POST, at least once and in log order, signed according to Standard ' +
      'Webhooks. The `webhook-id` header is the id of the event, the same for every attempt. Only this response ' +
      'contains the secret.',
    headers: idempotencyHeaders,
    query: noQuery,
    body: newWebhook,
    responses: { 201: webhookWithSecret, ...problemsWithBody('idempotency-key-reused') },
    metadata: withHeaders(subscriptionMetadata, 'Location'),
  },
  list: {
    method: 'GET',
    path: '/webhooks',
    summary: 'List webhooks',
    description: 'Returns webhooks, newest first.',
    query: pageQuery,
    responses: { 200: webhookPage, ...problems() },
    metadata: managementMetadata,
  },
  get: {
    method: 'GET',
    path: '/webhooks/:webhookId',
    pathParams: webhookPath,
    summary: 'Get a webhook',
    description: 'Returns the webhook with its position in the event log, without its secret.',
    query: noQuery,
    responses: { 200: webhook, ...problems('not-found') },
    metadata: managementMetadata,
  },
  edit: {
    method: 'PUT',
    path: '/webhooks/:webhookId',
    pathParams: webhookPath,
    summary: 'Edit a webhook',
    description:
      'Absent fields stay unchanged. A new URL causes an immediate retry of a failing delivery. New types apply to ' +
      'events after `position`.',
    query: noQuery,
    body: webhookEdit,
    responses: { 200: webhook, ...problemsWithBody('not-found') },
    metadata: subscriptionMetadata,
  },
  delete: {
    method: 'DELETE',
    path: '/webhooks/:webhookId',
    pathParams: webhookPath,
    summary: 'Delete a webhook',
    description: 'Stops sending events. The deliveries of the webhook can no longer be read.',
    query: noQuery,
    responses: { 204: contractBuilder.noBody(), ...problemsWithBody('not-found') },
    metadata: managementMetadata,
  },
  pause: {
    ...command,
    path: '/webhooks/:webhookId/pause',
    pathParams: webhookPath,
    summary: 'Pause a webhook',
    description: 'Sends no events until the webhook is resumed.',
    responses: { 200: webhook, ...problemsOfCommand() },
  },
  resume: {
    ...command,
    path: '/webhooks/:webhookId/resume',
    pathParams: webhookPath,
    summary: 'Resume a webhook',
    description:
      'Continues after the last delivered or skipped event. A failing delivery is retried at once, and for another ' +
      '24 hours.',
    responses: { 200: webhook, ...problemsOfCommand() },
  },
  skip: {
    ...command,
    path: '/webhooks/:webhookId/skip',
    pathParams: webhookPath,
    summary: 'Skip events',
    description:
      'Skips the failing event, or all events up to a position. A skipped delivery can still be sent with redeliver. ' +
      'Does not resume a paused webhook.',
    body: skipBody,
    responses: { 200: webhook, ...problemsOfCommand() },
  },
  rotateSecret: {
    ...command,
    path: '/webhooks/:webhookId/rotate-secret',
    pathParams: webhookPath,
    summary: 'Rotate the secret of a webhook',
    description:
      'Returns the new secret. Only this response contains it. For 24 hours, messages are signed with the new and ' +
      'the previous secret. Another rotation within that time invalidates the older of the two.',
    responses: { 200: webhookWithSecret, ...problemsOfCommand() },
  },
  test: {
    ...command,
    path: '/webhooks/:webhookId/test',
    pathParams: webhookPath,
    summary: 'Send a test message',
    description:
      'Sends a `webhook.test` message once, independent of the event order, also while the webhook is paused. The ' +
      'delivery reports the result.',
    responses: { 202: delivery, ...problemsOfCommand() },
    metadata: withHeaders(managementMetadata, 'Location'),
  },
  deliveries: {
    method: 'GET',
    path: '/webhooks/:webhookId/deliveries',
    pathParams: webhookPath,
    summary: 'List the deliveries of a webhook',
    description:
      `Returns deliveries, newest first, each with its latest ${maxStoredAttempts} attempts. ` +
      'Deliveries are stored for 30 days.',
    query: deliveriesQuery,
    responses: { 200: deliveryPage, ...problems('not-found') },
    metadata: managementMetadata,
  },
  delivery: {
    method: 'GET',
    path: '/webhooks/:webhookId/deliveries/:deliveryId',
    pathParams: deliveryPath,
    summary: 'Get a delivery',
    description: `Returns the delivery with its latest ${maxStoredAttempts} attempts.`,
    query: noQuery,
    responses: { 200: delivery, ...problems('not-found') },
    metadata: managementMetadata,
  },
  redeliver: {
    ...command,
    path: '/webhooks/:webhookId/deliveries/:deliveryId/redeliver',
    pathParams: deliveryPath,
    summary: 'Redeliver a message',
    description:
      'Sends the message once, independent of the event order, with the same `webhook-id`. Creates a new delivery.',
    responses: { 202: delivery, ...problemsOfCommand() },
    metadata: withHeaders(managementMetadata, 'Location'),
  },
});
