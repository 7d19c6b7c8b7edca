// The `webhooks` section of the OpenAPI document: the requests that the service sends to webhook receivers, one for
// each event type and one for tests (Standard Webhooks).

import type { z } from 'zod';
import { orderEvent } from '../../../../contract/schemas/events/order-event.ts';
import { webhookTest } from '../../../../contract/schemas/webhook-test.ts';
import type { Json } from './json-schema.ts';
import type { SchemaComponents } from './schema-components.ts';

/** The schema of a payload. It has a description and a literal `type`. */
type Payload = z.ZodObject<{ type: z.ZodLiteral<string> }>;

const headers = {
  'webhook-id': 'The id of the event. It is the same for every attempt, so receivers can detect duplicates.',
  'webhook-timestamp': 'The time of this attempt, in seconds since the Unix epoch.',
  'webhook-signature':
    'Signatures of id, timestamp and body, each in the form `v1,…`, separated by spaces. One of them must match.',
};

const parameters = Object.entries(headers).map(([name, description]) => ({
  name,
  in: 'header',
  required: true,
  description,
  schema: { type: 'string' },
}));

const eventResponses = {
  '2XX': { description: 'The event is delivered.' },
  410: { description: 'The receiver no longer wants events. The webhook is paused.' },
  default: { description: 'The attempt has failed. It is repeated later.' },
};

const testResponses = {
  '2XX': { description: 'The test has succeeded.' },
  default: { description: 'The test has failed. It is not repeated.' },
};

/** Returns the operations of the `webhooks` section, by payload type. */
export function describeWebhooks(schemas: SchemaComponents): Record<string, Json> {
  const describe = (payload: Payload, responses: Json) => {
    const { type } = payload.shape;
    const schema = schemas.convert(payload, 'response');
    return [type.value, toOperation(type.value, payload.description, schema, responses)];
  };
  const events = orderEvent.options.map((option) => describe(option, eventResponses));
  return Object.fromEntries([...events, describe(webhookTest, testResponses)]);
}

function toOperation(type: string, summary: string | undefined, schema: Json, responses: Json): Json {
  return {
    operationId: `webhook.${type}`,
    summary,
    tags: ['Webhooks'],
    security: [],
    parameters: [...parameters],
    requestBody: { required: true, content: { 'application/json': { schema } } },
    responses,
  };
}
