// The schema of an event: one change of one order. The log contains each event once, in commit order.

import { z } from 'zod';
import { actor } from './actor.ts';
import { finding } from './finding.ts';
import { newOrder, newOrderExample } from './order.ts';
import { toPascalCase } from './pascal-case.ts';
import { id, timestamp } from './primitives.ts';

/**
 * The content of the order when it was created. Events do not change: a field that was added to orders later is missing
 * in earlier events, so it is listed here in `partial({ … })`.
 */
const snapshot = z.object(newOrder.shape).meta({ title: 'OrderContent' });

const change = z
  .object({ from: z.unknown(), to: z.unknown() })
  .meta({ title: 'FieldChange', example: { from: null, to: 'Ring twice' } });

/** Event type → the schema of its `data`. */
const dataByType = {
  'order.created': z.object({ order: snapshot }),
  'order.updated': z.object({ changes: z.record(z.string(), change) }),
  'order.validation_started': z.object({ validationId: id, policyVersion: z.string(), isRetry: z.boolean() }),
  'order.validated': z.object({ validationId: id, policyVersion: z.string() }),
  'order.rejected': z.object({
    reason: z.string().nullable(),
    validationId: id
      .nullable()
      .meta({ description: 'The validation that failed, or the validation that the rejection cancelled' }),
    findings: z.array(finding),
  }),
  'order.approved': z.object({ note: z.string().nullable() }),
  'order.validation_dead': z.object({ validationId: id, error: z.string() }),
} as const;

/** The type of an event, such as `order.approved`. */
export type EventType = keyof typeof dataByType;

const meanings: Record<EventType, string> = {
  'order.created': 'An order was created',
  'order.updated': 'An order was edited',
  'order.validation_started': 'The validation of an order started',
  'order.validated': 'An order passed validation',
  'order.rejected': 'An order was rejected, by the rules or by a user',
  'order.approved': 'An order was approved',
  'order.validation_dead': 'The validation of an order could not be completed',
};

/** All event types. */
export const eventTypes = Object.keys(dataByType) as [EventType, ...EventType[]];

function eventSchema<const Type extends EventType>(type: Type) {
  return z
    .object({
      id: z.uuidv7().meta({ description: 'UUIDv7 (RFC 9562)' }),
      position: z
        .int()
        .min(1)
        .meta({ description: 'Position in the log. Increases in commit order across all orders. May have gaps.' }),
      type: z.literal(type),
      timestamp,
      orderId: id,
      sequence: z.int().min(1).meta({ description: 'Number of the event within its order, from 1 without gaps' }),
      orderVersion: z
        .int()
        .min(1)
        .meta({ description: 'The order version that the event created. Equals `sequence`.' }),
      actor,
      requestId: z.string().nullable().meta({
        description: 'Id that the service assigned to the request that caused the event, or null',
      }),
      clientRequestId: z.string().nullable().meta({
        description: 'The `X-Request-Id` that the client sent with this request, or null. It need not be unique.',
      }),
      data: dataByType[type],
    })
    .meta({ title: `${toPascalCase(type)}Event`, description: meanings[type] });
}

/** The example of an event in the OpenAPI document. */
export const eventExample = {
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
  data: { order: newOrderExample },
};

/** An event: a union of the schemas of all types, discriminated by `type`. */
export const event = z
  .discriminatedUnion('type', [
    eventSchema('order.created'),
    eventSchema('order.updated'),
    eventSchema('order.validation_started'),
    eventSchema('order.validated'),
    eventSchema('order.rejected'),
    eventSchema('order.approved'),
    eventSchema('order.validation_dead'),
  ])
  .meta({
    title: 'Event',
    example: eventExample,
  });

/** See {@link event}. */
export type Event = z.infer<typeof event>;
/** The `data` of an event of this type. */
export type EventData<Type extends EventType> = z.infer<(typeof dataByType)[Type]>;
