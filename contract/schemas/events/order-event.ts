// The schema of the events of orders: each is one change of one order.

import { z } from 'zod';
import { finding } from '../finding.ts';
import { type EditableField, editableFields, order, orderContentExample } from '../order.ts';
import { toPascalCase } from '../pascal-case.ts';
import { id } from '../primitives.ts';
import { eventBase, eventFields } from './event-fields.ts';

/**
 * The content of the order when it was created. Events do not change: a field that was added to orders later is missing
 * in earlier events, so it is listed here in `partial({ … })`.
 */
const snapshot = order
  .pick(Object.fromEntries(editableFields.map((field) => [field, true])) as Record<EditableField, true>)
  .meta({ title: 'OrderContent', description: 'The content of an order when it was created' });

const change = z
  .object({
    from: z.unknown().meta({ description: 'The previous value' }),
    to: z.unknown().meta({ description: 'The new value' }),
  })
  .meta({ title: 'FieldChange', description: 'The change of a field', example: { from: null, to: 'Ring twice' } });

const validationId = id.meta({ description: 'The validation' });
const policyVersion = z.string().meta({ description: 'The version of the policy that the validation uses' });

/** Event type → the schema of its `data`. */
const dataByType = {
  'order.created': z.object({ order: snapshot }),
  'order.updated': z.object({
    changes: z.record(z.string(), change).meta({ description: 'The changed fields by name' }),
  }),
  'order.validation_started': z.object({
    validationId,
    policyVersion,
    isRetry: z.boolean().meta({ description: 'Whether a dead validation was retried' }),
  }),
  'order.validated': z.object({ validationId, policyVersion }),
  'order.rejected': z.object({
    reason: z.string().nullable().meta({ description: 'The reason that the user gave, or null' }),
    validationId: id
      .nullable()
      .meta({ description: 'The validation that failed, or the validation that the rejection cancelled' }),
    findings: z.array(finding).meta({ description: 'Violated rules. Empty if a user rejected the order.' }),
  }),
  'order.approved': z.object({
    note: z.string().nullable().meta({ description: 'The note of the user, or null' }),
  }),
  'order.validation_dead': z.object({
    validationId,
    error: z.string().meta({ description: 'Why the rules could not be evaluated' }),
  }),
} as const;

/** The type of an event of an order, such as `order.approved`. */
export type OrderEventType = keyof typeof dataByType;

const meanings: Record<OrderEventType, string> = {
  'order.created': 'An order was created',
  'order.updated': 'An order was edited',
  'order.validation_started': 'The validation of an order started',
  'order.validated': 'An order passed validation',
  'order.rejected': 'An order was rejected, by the rules or by a user',
  'order.approved': 'An order was approved',
  'order.validation_dead': 'The validation of an order could not be completed',
};

/** The types of the events of orders. */
export const orderEventTypes = Object.keys(dataByType) as [OrderEventType, ...OrderEventType[]];

/** The example of an event in the OpenAPI document. */
export const orderEventExample = {
  id: '01969a4e-7b5a-7c3e-9d51-0a4b6c8d2e1f',
  position: 1,
  type: 'order.created',
  timestamp: '2026-05-04T10:15:30.000Z',
  orderId: 42,
  sequence: 1,
  orderVersion: 1,
  actor: { type: 'user', id: 'ann' },
  requestId: 'b2f1c9d0-6c0e-4f57-9a55-1f1f3f2f7a10',
  clientRequestId: null,
  data: { order: orderContentExample },
};

const orderFields = {
  orderId: id.meta({ description: 'The order' }),
  sequence: z.int().min(1).meta({ description: 'Number of the event within its order, from 1 without gaps' }),
  orderVersion: z.int().min(1).meta({ description: 'The order version that the event created. Equals `sequence`.' }),
};

/** The fields of every event of an order, besides its type and data. */
export const orderEventBase = eventBase
  .extend(orderFields)
  .meta({ title: 'OrderEventBase', description: 'The fields of every event of an order' });

function eventSchema<const Type extends OrderEventType>(type: Type) {
  const schema = z.object({ ...eventFields(type), ...orderFields, data: dataByType[type] });
  const example = type === orderEventExample.type && { example: orderEventExample };
  return schema.meta({ title: `${toPascalCase(type)}Event`, description: meanings[type], ...example });
}

/** An event of an order: a union of the schemas of all types, discriminated by `type`. */
export const orderEvent = z
  .discriminatedUnion('type', [
    eventSchema('order.created'),
    eventSchema('order.updated'),
    eventSchema('order.validation_started'),
    eventSchema('order.validated'),
    eventSchema('order.rejected'),
    eventSchema('order.approved'),
    eventSchema('order.validation_dead'),
  ])
  .meta({ title: 'OrderEvent', description: 'A change of an order' });

/** See {@link orderEvent}. */
export type OrderEvent = z.infer<typeof orderEvent>;
/** The `data` of an event of this type. */
export type OrderEventData<Type extends OrderEventType> = z.infer<(typeof dataByType)[Type]>;
