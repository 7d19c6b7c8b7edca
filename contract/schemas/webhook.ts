// The schemas of webhooks: subscriptions to the event log.

import { z } from 'zod';
import { orderEventTypes } from './events/order-event.ts';
import { id, text, timestamp } from './primitives.ts';

const typeList = z
  .array(z.enum(orderEventTypes))
  .min(1)
  .refine((list) => new Set(list).size === list.length, 'must not repeat a type')
  .meta({ uniqueItems: true })
  .nullable()
  .meta({ description: 'Event types to send, or null for all types of order events, including future ones' });

/** The maximum length of a webhook URL in characters. */
export const maxUrlLength = 2_000;

const webhookFields = {
  url: text(1, maxUrlLength).meta({
    description: 'The URL of the receiver. By default, it must use HTTPS and have a public address.',
    format: 'uri',
  }),
  types: typeList,
  description: text(0, 500).nullable().meta({ description: 'A remark for people' }),
};

const webhookContent = {
  url: 'https://shop.example/hooks/orders',
  types: ['order.approved', 'order.rejected'],
  description: 'The shop',
};

/** The body of the request that creates a webhook. */
export const newWebhook = z
  .strictObject({
    url: webhookFields.url,
    types: webhookFields.types.default(null),
    description: webhookFields.description.default(null),
  })
  .meta({ title: 'NewWebhook', description: 'The settings of a new webhook', example: webhookContent });

/** The body of the request that edits a webhook. Absent fields stay unchanged. */
export const webhookEdit = z
  .strictObject(webhookFields)
  .partial()
  .meta({
    title: 'WebhookEdit',
    description: 'The settings of a webhook to change',
    example: { url: 'https://shop.example/hooks/v2' },
  });

/** Why a webhook is paused. */
export const pauseReason = z.enum(['requested', 'gone', 'failing']).meta({
  description:
    '`requested`: paused by a request. `gone`: the receiver returned 410. `failing`: deliveries failed for 24 hours.',
});

const pause = z.object({ reason: pauseReason, since: timestamp }).meta({
  title: 'WebhookPause',
  description: 'Why and since when a webhook is paused',
  example: { reason: 'failing', since: '2026-05-05T10:15:30.000Z' },
});

const failure = z
  .object({
    since: timestamp.meta({ description: 'Time of the first failed attempt' }),
    attempts: z.int().min(1).meta({ description: 'Number of failed attempts since then' }),
    deliveryId: id.meta({
      description: 'The failing delivery. Later events are sent only after it is delivered or skipped.',
    }),
    nextAttemptAt: timestamp
      .nullable()
      .meta({ description: 'Time of the next attempt, or null while the webhook is paused' }),
  })
  .meta({
    title: 'WebhookFailure',
    description: 'A delivery that fails, and the plan to repeat it',
    example: {
      since: '2026-05-04T10:15:30.000Z',
      attempts: 2,
      deliveryId: 77,
      nextAttemptAt: '2026-05-04T10:15:55.000Z',
    },
  });

const webhookExample = {
  id: 3,
  ...webhookContent,
  state: 'active',
  pause: null,
  position: 1042,
  failure: null,
  formerSecretUntil: null,
  createdBy: 'ann',
  createdAt: '2026-05-04T10:15:30.000Z',
  updatedAt: '2026-05-04T10:15:30.000Z',
};

/** A webhook as the service returns it, without its secret. */
export const webhook = z
  .object({
    id: id.meta({ description: 'Id of the webhook' }),
    url: z.string().meta({ description: 'The URL of the receiver' }),
    types: z
      .array(z.enum(orderEventTypes))
      .nullable()
      .meta({ description: 'The types of the events that are sent, or null for all' }),
    description: z.string().nullable().meta({ description: 'A remark for people, or null' }),
    state: z.enum(['active', 'paused']).meta({ description: 'Whether events are sent' }),
    pause: pause.nullable().meta({ description: 'Why events are not sent; null while the webhook is active' }),
    position: z
      .int()
      .min(0)
      .meta({ description: 'Every matching event up to this log position was delivered or skipped' }),
    failure: failure.nullable().meta({ description: 'The current delivery failure, or null' }),
    formerSecretUntil: timestamp
      .nullable()
      .meta({ description: 'Until this time, messages are also signed with the previous secret' }),
    createdBy: z.string().meta({ description: 'The user who created the webhook' }),
    createdAt: timestamp,
    updatedAt: timestamp,
  })
  .meta({
    title: 'Webhook',
    description: 'A subscription to events. They are sent in log order.',
    example: webhookExample,
  });

const secretExample = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw0PhfYvWJbCk=';

/** A webhook with its new secret. Only the responses that create a secret contain it. */
export const webhookWithSecret = webhook
  .extend({
    secret: z.string().meta({
      description: 'The secret that signs messages. It cannot be retrieved again.',
    }),
  })
  .meta({
    title: 'WebhookWithSecret',
    description: 'A webhook with its new secret',
    example: { ...webhookExample, secret: secretExample },
  });

/** See {@link pauseReason}. */
export type PauseReason = z.infer<typeof pauseReason>;
/** A new webhook with all defaults applied. */
export type NewWebhook = z.infer<typeof newWebhook>;
/** See {@link webhookEdit}. */
export type WebhookEdit = z.infer<typeof webhookEdit>;
/** See {@link webhook}. */
export type Webhook = z.infer<typeof webhook>;
/** See {@link webhookWithSecret}. */
export type WebhookWithSecret = z.infer<typeof webhookWithSecret>;
