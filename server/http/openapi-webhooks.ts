// The part of the OpenAPI document that says what the service itself sends: each type of event, as a request to whoever has
// subscribed to it (Standard Webhooks).

import { type EventType, eventTypes } from '../../contract/event.ts';
import { pascalCase } from '../../contract/pascal-case.ts';

type Json = Record<string, unknown>;

const meanings: Record<EventType, string> = {
  'order.created': 'An order was created',
  'order.updated': 'An order was edited',
  'order.validation_started': 'The validation of an order was started',
  'order.validated': 'The rules let an order pass',
  'order.rejected': 'An order was rejected, by the rules or by somebody',
  'order.approved': 'An order was approved',
  'order.validation_dead': 'The validation of an order could not be run',
};

const headers = [
  ['webhook-id', 'The id of the event, the same at every attempt: whoever remembers it does nothing twice'],
  ['webhook-timestamp', 'When this attempt was sent, in seconds since 1970'],
  [
    'webhook-signature',
    'Signatures of id, timestamp and body, as in `v1,…`, separated by spaces; one that fits is enough',
  ],
] as const;

const parameters = headers.map(([name, description]) => ({
  name,
  in: 'header',
  required: true,
  description,
  schema: { type: 'string' },
}));

/** The `webhooks` of the document. Each event is a component, named after its type. */
export function webhooksOf(): Json {
  return Object.fromEntries(eventTypes.map((type) => [type, { post: operationOf(type) }]));
}

function operationOf(type: EventType): Json {
  const schema = { $ref: `#/components/schemas/${pascalCase(type)}Event` };
  return {
    operationId: `webhook.${type}`,
    summary: meanings[type],
    tags: ['Events'],
    security: [],
    parameters,
    requestBody: { required: true, content: { 'application/json': { schema } } },
    responses: {
      '2XX': { description: 'The event is taken' },
      410: { description: 'Nobody is here for events any more: the subscription is paused' },
      default: { description: 'The event is sent again later' },
    },
  };
}
