// The schema of a delivery: one message of a webhook with its attempts.

import { z } from 'zod';
import { orderEventTypes } from './events/order-event.ts';
import { id, timestamp } from './primitives.ts';
import { webhookTest } from './webhook-test.ts';

const attempt = z
  .object({
    at: timestamp,
    durationMs: z.int().min(0).meta({ description: 'Duration of the attempt in milliseconds' }),
    statusCode: z
      .int()
      .min(100)
      .max(599)
      .nullable()
      .meta({ description: 'HTTP status of the response, or null without a response' }),
    error: z.string().nullable().meta({ description: 'Why the attempt failed, or null if it succeeded' }),
  })
  .meta({ title: 'DeliveryAttempt', description: 'One attempt to send a delivery' });

const deliveryKind = z.enum(['event', 'redelivery', 'test']).meta({
  description: '`event`: sent in log order. `redelivery`: an event sent again on request. `test`: a test message.',
});

/** The states of a delivery. */
export const deliveryStates = ['pending', 'delivered', 'failed', 'skipped'] as const;

/** The types of the messages of webhooks. */
export const deliveredTypes = [...orderEventTypes, webhookTest.shape.type.value] as const;

const deliveryState = z.enum(deliveryStates).meta({
  description:
    '`pending`: waits for the first or next attempt. `delivered`: accepted by the receiver. `failed`: not accepted, ' +
    'without further attempts. `skipped`: skipped on request, or no longer among the types of the webhook.',
});

const deliveryExample = {
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

/** The number of attempts that are stored per delivery: the latest. */
export const maxStoredAttempts = 100;

/** A delivery as the service returns it. */
export const delivery = z
  .object({
    id: id.meta({ description: 'Id of the delivery' }),
    webhookId: id.meta({ description: 'The webhook' }),
    kind: deliveryKind,
    state: deliveryState,
    eventId: z.string().meta({ description: 'Id of the event or test, sent as `webhook-id` with every attempt' }),
    eventType: z.enum(deliveredTypes).meta({ description: 'The type of the event, or `webhook.test`' }),
    position: z.int().min(1).nullable().meta({ description: 'Position of the event in the log, or null for a test' }),
    attempts: z.array(attempt).meta({ description: `The latest ${maxStoredAttempts} attempts, oldest first` }),
    nextAttemptAt: timestamp.nullable().meta({ description: 'Time of the next attempt, or null if none is scheduled' }),
    createdAt: timestamp,
    finishedAt: timestamp
      .nullable()
      .meta({ description: 'End of the last attempt, or null while the delivery is pending' }),
  })
  .meta({ title: 'Delivery', description: 'One message of a webhook with its attempts', example: deliveryExample });

/** See {@link delivery}. */
export type Delivery = z.infer<typeof delivery>;
/** One attempt to send a delivery. */
export type DeliveryAttempt = z.infer<typeof attempt>;
