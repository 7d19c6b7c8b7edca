// The routes of webhooks.

import { z } from 'zod';
import { page, pageExample, pageParameters, pageQuery, rejectOffsetWithCursor } from './page.ts';
import { idempotencyHeaders } from './preconditions.ts';
import { idParameter, integer, listParameter } from './primitives.ts';
import type { ProblemCode } from './problem-table.ts';
import { contractBuilder, emptyBody, metadata, noQuery, problems, problemsWithBody } from './route.ts';
import {
  delivery,
  deliveryExample,
  deliveryStates,
  maxStoredAttempts,
  newWebhook,
  webhook,
  webhookEdit,
  webhookExample,
  webhookWithSecret,
} from './webhook.ts';

const webhookPath = z.object({ webhookId: idParameter('The id of the webhook') });
const deliveryPath = webhookPath.extend({ deliveryId: idParameter('The id of the delivery') });

const managing = metadata('Webhooks', 'webhooks:manage');
/** Whoever says where events go can read them. */
const directing = metadata('Webhooks', 'webhooks:manage', 'orders:read');

const webhookPage = z
  .object({ data: z.array(webhook), page })
  .meta({ title: 'WebhookPage', example: { data: [webhookExample], page: pageExample } });

const deliveryPage = z
  .object({ data: z.array(delivery), page })
  .meta({ title: 'DeliveryPage', example: { data: [deliveryExample], page: pageExample } });

const deliveriesQuery = z
  .strictObject({
    ...pageParameters,
    state: listParameter(deliveryStates).optional().meta({ description: 'One or more, separated by commas' }),
  })
  .superRefine(rejectOffsetWithCursor);

const skipBody = z
  .strictObject({
    through: integer(1, Number.MAX_SAFE_INTEGER)
      .optional()
      .meta({ description: 'The position of the last event to skip; absent: only the event that stands in the way' }),
  })
  .meta({ title: 'SkipRequest', example: { through: 1050 } })
  .optional();

/** What a POST below a webhook can be refused for, besides the `codes` of this one. */
function problemsOfCommand<Code extends ProblemCode = never>(...codes: Code[]) {
  return problemsWithBody<Code | 'not-found' | 'idempotency-key-reused'>(
    'not-found',
    'idempotency-key-reused',
    ...codes,
  );
}

/** What all commands on a webhook have in common that need no more to be said. */
const command = {
  method: 'POST',
  headers: idempotencyHeaders,
  query: noQuery,
  body: emptyBody,
  metadata: managing,
} as const;

export const webhooksRoutes = contractBuilder.router({
  create: {
    method: 'POST',
    path: '/webhooks',
    summary: 'Subscribe to events',
    description:
      'Every event from now on is sent to the URL by POST, signed after Standard Webhooks, at least once and in the ' +
      'order of the log: `webhook-id` is the id of the event, the same at every attempt. Answers the secret, once.',
    headers: idempotencyHeaders,
    query: noQuery,
    body: newWebhook,
    responses: { 201: webhookWithSecret, ...problemsWithBody('idempotency-key-reused') },
    metadata: directing,
  },
  list: {
    method: 'GET',
    path: '/webhooks',
    summary: 'List webhooks',
    description: 'Newest first.',
    query: pageQuery,
    responses: { 200: webhookPage, ...problems() },
    metadata: managing,
  },
  get: {
    method: 'GET',
    path: '/webhooks/:webhookId',
    pathParams: webhookPath,
    summary: 'Read a webhook',
    query: noQuery,
    responses: { 200: webhook, ...problems('not-found') },
    metadata: managing,
  },
  edit: {
    method: 'PUT',
    path: '/webhooks/:webhookId',
    pathParams: webhookPath,
    summary: 'Edit a webhook',
    description:
      'What is absent stays. With another URL, what has failed before is tried again at once. Events of other types are looked for from `position` on.',
    query: noQuery,
    body: webhookEdit,
    responses: { 200: webhook, ...problemsWithBody('not-found') },
    metadata: directing,
  },
  delete: {
    method: 'DELETE',
    path: '/webhooks/:webhookId',
    pathParams: webhookPath,
    summary: 'Delete a webhook',
    description: 'Nothing more is sent, and its deliveries cannot be read any more.',
    query: noQuery,
    responses: { 204: contractBuilder.noBody(), ...problems('not-found') },
    metadata: managing,
  },
  pause: {
    ...command,
    path: '/webhooks/:webhookId/pause',
    pathParams: webhookPath,
    summary: 'Pause a webhook',
    description: 'Nothing is sent until it is resumed.',
    responses: { 200: webhook, ...problemsOfCommand() },
  },
  resume: {
    ...command,
    path: '/webhooks/:webhookId/resume',
    pathParams: webhookPath,
    summary: 'Resume a webhook',
    description: 'Goes on where it stopped: what stood in the way is tried again first, and has a day again.',
    responses: { 200: webhook, ...problemsOfCommand() },
  },
  skip: {
    ...command,
    path: '/webhooks/:webhookId/skip',
    pathParams: webhookPath,
    summary: 'Skip events',
    description:
      'Passes over the event that stands in the way, or over all up to a position. They are not sent unless asked ' +
      'for with redeliver. Does not resume a webhook that is paused.',
    body: skipBody,
    responses: { 200: webhook, ...problemsOfCommand() },
  },
  rotateSecret: {
    ...command,
    path: '/webhooks/:webhookId/rotate-secret',
    pathParams: webhookPath,
    summary: 'Rotate the secret of a webhook',
    description:
      'Answers the new secret, once. For 24 hours all is signed with both, so that receivers can change over in ' +
      'between. Rotated again within that time, the secret before the former one counts no more.',
    responses: { 200: webhookWithSecret, ...problemsOfCommand() },
  },
  test: {
    ...command,
    path: '/webhooks/:webhookId/test',
    pathParams: webhookPath,
    summary: 'Send a test',
    description:
      'Sends a `webhook.test` once, out of turn, also where the webhook is paused. What came of it stands in the ' +
      'delivery.',
    responses: { 202: delivery, ...problemsOfCommand() },
  },
  deliveries: {
    method: 'GET',
    path: '/webhooks/:webhookId/deliveries',
    pathParams: webhookPath,
    summary: 'List the deliveries of a webhook',
    description: `Newest first, each with its latest ${maxStoredAttempts} attempts. They are kept for 30 days.`,
    query: deliveriesQuery,
    responses: { 200: deliveryPage, ...problems('not-found') },
    metadata: managing,
  },
  delivery: {
    method: 'GET',
    path: '/webhooks/:webhookId/deliveries/:deliveryId',
    pathParams: deliveryPath,
    summary: 'Read a delivery',
    query: noQuery,
    responses: { 200: delivery, ...problems('not-found') },
    metadata: managing,
  },
  redeliver: {
    ...command,
    path: '/webhooks/:webhookId/deliveries/:deliveryId/redeliver',
    pathParams: deliveryPath,
    summary: 'Send a delivery once more',
    description: 'Once, out of turn, with the same `webhook-id`. What came of it stands in a delivery of its own.',
    responses: { 202: delivery, ...problemsOfCommand() },
  },
});
