// What an event is on the wire: one change of one order, told once, in the order of the commits.

import { z } from 'zod';
import { actor } from './actor.ts';
import { finding } from './finding.ts';
import { newOrder, newOrderExample } from './order.ts';
import { pascalCase } from './pascal-case.ts';
import { id, timestamp } from './primitives.ts';

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
    validationId: id.nullable().meta({ description: 'The run that refused it, or that the refusal cancelled' }),
    findings: z.array(finding),
  }),
  'order.approved': z.object({ note: z.string().nullable() }),
  'order.validation_dead': z.object({ validationId: id, error: z.string() }),
} as const;

export type EventType = keyof typeof dataByType;

const meanings: Record<EventType, string> = {
  'order.created': 'An order was created',
  'order.updated': 'An order was edited',
  'order.validation_started': 'The validation of an order was started',
  'order.validated': 'The rules let an order pass',
  'order.rejected': 'An order was rejected, by the rules or by somebody',
  'order.approved': 'An order was approved',
  'order.validation_dead': 'The validation of an order could not be run',
};

export const eventTypes = Object.keys(dataByType) as [EventType, ...EventType[]];

function eventSchema<const Type extends EventType>(type: Type) {
  return z
    .object({
      id: z.uuidv7().meta({ description: 'UUIDv7 (RFC 9562)' }),
      position: z
        .int()
        .min(1)
        .meta({ description: 'Rises in the order of the commits, over all orders; may have gaps' }),
      type: z.literal(type),
      timestamp,
      orderId: id,
      sequence: z.int().min(1).meta({ description: 'Counts the events of the order without gaps' }),
      orderVersion: z.int().min(1).meta({ description: 'The version that the event made; equals `sequence`' }),
      actor,
      requestId: z.string().nullable().meta({ description: 'The request that caused it, where one did' }),
      data: dataByType[type],
    })
    .meta({ title: `${pascalCase(type)}Event`, description: meanings[type] });
}

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
  data: { order: newOrderExample },
};

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

export type Event = z.infer<typeof event>;
export type EventData<Type extends EventType> = z.infer<(typeof dataByType)[Type]>;
