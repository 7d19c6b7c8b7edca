// The schema of the events of webhooks: each is one change of the settings of one webhook, for audits. They contain no
// secret, and of a URL only the origin: the path and the query of a receiver often contain a token.

import { z } from 'zod';
import { toPascalCase } from '../pascal-case.ts';
import { id } from '../primitives.ts';
import { pauseReason } from '../webhook.ts';
import { eventBase, eventFields } from './event-fields.ts';
import { orderEventTypes } from './order-event.ts';

const settings = z
  .object({
    url: z.string().meta({ description: 'Scheme, host and port. A path and a query are replaced by `…`.' }),
    types: z
      .array(z.enum(orderEventTypes))
      .nullable()
      .meta({ description: 'The types of the events that are sent, or null for all' }),
    description: z.string().nullable().meta({ description: 'A remark for people, or null' }),
  })
  .meta({ title: 'WebhookSettings', description: 'The settings of a webhook' });

const change = <Value extends z.ZodType>(value: Value) =>
  z.object({ from: value, to: value }).optional().meta({ description: 'The change of this setting' });

/** Event type → the schema of its `data`. */
const dataByType = {
  'webhook.created': settings,
  'webhook.updated': z.object({
    changes: z
      .object({
        url: change(settings.shape.url),
        types: change(settings.shape.types),
        description: change(settings.shape.description),
      })
      .meta({ description: 'The changed settings by name' }),
  }),
  'webhook.deleted': settings,
  'webhook.secret_rotated': z.object({}),
  'webhook.paused': z.object({ reason: pauseReason }),
  'webhook.resumed': z.object({}),
  'webhook.events_skipped': z.object({
    through: z.int().min(1).meta({ description: 'The position of the last event that is not sent' }),
  }),
} as const;

/** The type of an event of a webhook, such as `webhook.deleted`. */
export type WebhookEventType = keyof typeof dataByType;

const meanings: Record<WebhookEventType, string> = {
  'webhook.created': 'A webhook was created',
  'webhook.updated': 'A webhook was edited',
  'webhook.deleted': 'A webhook was deleted',
  'webhook.secret_rotated': 'The secret of a webhook was rotated',
  'webhook.paused': 'A webhook was paused, by a user or because deliveries failed',
  'webhook.resumed': 'A webhook was resumed',
  'webhook.events_skipped': 'Events of a webhook were skipped',
};

/** The types of the events of webhooks. */
export const webhookEventTypes = Object.keys(dataByType) as [WebhookEventType, ...WebhookEventType[]];

const notOfOrder = z.null().meta({ description: 'Null: the event is not of an order' });

const webhookFields = {
  orderId: notOfOrder,
  sequence: notOfOrder,
  orderVersion: notOfOrder,
  webhookId: id.meta({ description: 'The webhook' }),
};

/** The fields of every event of a webhook, besides its type and data. */
export const webhookEventBase = eventBase
  .extend(webhookFields)
  .meta({ title: 'WebhookEventBase', description: 'The fields of every event of a webhook' });

function eventSchema<const Type extends WebhookEventType>(type: Type) {
  return z
    .object({ ...eventFields(type), ...webhookFields, data: dataByType[type] })
    .meta({ title: `${toPascalCase(type)}Event`, description: meanings[type] });
}

/** An event of a webhook: a union of the schemas of all types, discriminated by `type`. */
export const webhookEvent = z
  .discriminatedUnion('type', [
    eventSchema('webhook.created'),
    eventSchema('webhook.updated'),
    eventSchema('webhook.deleted'),
    eventSchema('webhook.secret_rotated'),
    eventSchema('webhook.paused'),
    eventSchema('webhook.resumed'),
    eventSchema('webhook.events_skipped'),
  ])
  .meta({ title: 'WebhookEvent', description: 'A change of the settings of a webhook' });

/** The `data` of an event of this type. */
export type WebhookEventData<Type extends WebhookEventType> = z.infer<(typeof dataByType)[Type]>;
