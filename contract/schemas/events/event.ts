// The schema of an event of the log, which contains each event once, in commit order.

import { z } from 'zod';
import { orderEvent, orderEventTypes } from './order-event.ts';
import { webhookEvent, webhookEventTypes } from './webhook-event.ts';

/** All event types: those of orders, then those of webhooks. */
export const eventTypes = [...orderEventTypes, ...webhookEventTypes] as const;

/** An event: a union of the schemas of all types, discriminated by `type`. */
export const event = z
  .discriminatedUnion('type', [...orderEvent.options, ...webhookEvent.options])
  .meta({ title: 'Event', description: 'An entry of the event log' });

/** See {@link event}. */
export type Event = z.infer<typeof event>;
/** The type of an event, such as `order.approved`. */
export type EventType = Event['type'];
