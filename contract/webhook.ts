// What a webhook is on the wire: a subscription of the log, and the deliveries that it has led to.

import { z } from 'zod';
import { eventTypes } from './event.ts';
import { id, text, timestamp } from './primitives.ts';
import { webhookTest } from './webhook-test.ts';

const typeList = z
  .array(z.enum(eventTypes))
  .min(1)
  .refine((list) => new Set(list).size === list.length, 'must not repeat a type')
  .nullable()
  .meta({ description: 'The types of events that it gets; null: all, also those that come later' });

/** In UTF-16 code units. */
export const maxUrlLength = 2_000;

const webhookFields = {
  url: text(1, maxUrlLength).meta({ description: 'Where events are sent: HTTPS, at a public address', format: 'uri' }),
  types: typeList,
  description: text(0, 500).nullable(),
};

const webhookContent = {
  url: 'https://shop.example/hooks/orders',
  types: ['order.approved', 'order.rejected'],
  description: 'The shop',
};

/** A webhook as its owner makes it. */
export const newWebhook = z
  .strictObject({
    url: webhookFields.url,
    types: webhookFields.types.default(null),
    description: webhookFields.description.default(null),
  })
  .meta({ title: 'NewWebhook', example: webhookContent });

/** The change of a webhook: absent is unchanged. */
export const webhookEdit = z
  .strictObject(webhookFields)
  .partial()
  .meta({ title: 'WebhookEdit', example: { url: 'https://shop.example/hooks/v2' } });

const pauseReason = z.enum(['requested', 'gone', 'failing']).meta({
  description:
    '`requested`: somebody has paused it; `gone`: its receiver answered 410; `failing`: it has failed for a day',
});

const pause = z
  .object({ reason: pauseReason, since: timestamp })
  .meta({ title: 'WebhookPause', example: { reason: 'failing', since: '2026-05-05T10:15:30.000Z' } });

const failure = z
  .object({
    since: timestamp.meta({ description: 'When it failed first' }),
    attempts: z.int().min(1).meta({ description: 'How often it has failed since' }),
    deliveryId: id.meta({ description: 'The delivery that stands in the way of all that follow' }),
    nextAttemptAt: timestamp.nullable().meta({ description: 'null while it is paused' }),
  })
  .meta({
    title: 'WebhookFailure',
    example: {
      since: '2026-05-04T10:15:30.000Z',
      attempts: 2,
      deliveryId: 77,
      nextAttemptAt: '2026-05-04T10:15:55.000Z',
    },
  });

export const webhookExample = {
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

/** A webhook as the service answers it. Its secret is told only when it is made. */
export const webhook = z
  .object({
    id,
    url: z.string(),
    types: z.array(z.enum(eventTypes)).nullable(),
    description: z.string().nullable(),
    state: z.enum(['active', 'paused']),
    pause: pause.nullable(),
    position: z.int().min(0).meta({ description: 'Every event up to this position was delivered or skipped' }),
    failure: failure.nullable().meta({ description: 'What stands in the way, where something does' }),
    formerSecretUntil: timestamp
      .nullable()
      .meta({ description: 'Until then all is signed with the former secret, too' }),
    createdBy: z.string(),
    createdAt: timestamp,
    updatedAt: timestamp,
  })
  .meta({ title: 'Webhook', example: webhookExample });

const secretExample = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw0PhfYvWJbCk=';

/** A webhook with the secret that it is signed with from now on. It is not told again. */
export const webhookWithSecret = webhook
  .extend({ secret: z.string().meta({ description: 'Signs what is sent. It is not told again' }) })
  .meta({ title: 'WebhookWithSecret', example: { ...webhookExample, secret: secretExample } });

const attempt = z
  .object({
    at: timestamp,
    durationMs: z.int().min(0),
    statusCode: z
      .int()
      .min(100)
      .max(599)
      .nullable()
      .meta({ description: 'What the receiver answered; null where it did not' }),
    error: z.string().nullable().meta({ description: 'Why it does not count as received; null where it does' }),
  })
  .meta({ title: 'DeliveryAttempt' });

const deliveryKind = z.enum(['event', 'redelivery', 'test']).meta({
  description: '`event`: in the order of the log; `redelivery`: once more, out of turn; `test`: no event of the log',
});

export const deliveryStates = ['pending', 'delivered', 'failed', 'skipped'] as const;

const deliveryState = z.enum(deliveryStates).meta({
  description:
    '`pending`: it is to be sent, for the first time or again; `delivered`: its receiver has it; `failed`: it was ' +
    'not received, and is not sent again; `skipped`: somebody has passed over it',
});

export const deliveryExample = {
  id: 77,
  webhookId: 3,
  kind: 'event',
  state: 'delivered',
  eventId: '01969a4e-7b5a-7c3e-9d51-0a4b6c8d2e1f',
  eventType: 'order.approved',
  position: 1042,
  attempts: [{ at: '2026-05-04T10:15:30.000Z', durationMs: 42, statusCode: 204, error: null }],
  nextAttemptAt: null,
  createdAt: '2026-05-04T10:15:30.000Z',
  finishedAt: '2026-05-04T10:15:30.042Z',
};

/** How many attempts of a delivery are kept: its latest. */
export const maxStoredAttempts = 100;

export const delivery = z
  .object({
    id,
    webhookId: id,
    kind: deliveryKind,
    state: deliveryState,
    eventId: z.string().meta({ description: 'The `webhook-id` of every attempt' }),
    eventType: z.enum([...eventTypes, webhookTest.shape.type.value]),
    position: z.int().min(1).nullable().meta({ description: 'Of the event in the log; null of a test' }),
    attempts: z.array(attempt).meta({ description: `Oldest first; the latest ${maxStoredAttempts}` }),
    nextAttemptAt: timestamp.nullable().meta({ description: 'null where none is planned' }),
    createdAt: timestamp,
    finishedAt: timestamp.nullable(),
  })
  .meta({ title: 'Delivery', example: deliveryExample });

export type PauseReason = z.infer<typeof pauseReason>;
export type NewWebhookInput = z.input<typeof newWebhook>;
export type NewWebhook = z.infer<typeof newWebhook>;
export type WebhookEdit = z.infer<typeof webhookEdit>;
export type Webhook = z.infer<typeof webhook>;
export type WebhookWithSecret = z.infer<typeof webhookWithSecret>;
export type Delivery = z.infer<typeof delivery>;
export type DeliveryAttempt = z.infer<typeof attempt>;
