// The part of the OpenAPI document that says what the service itself sends: each type of event, and the test, as a
// request to the receiver of a webhook (Standard Webhooks).

import type { z } from 'zod';
import { event } from '../../../contract/event.ts';
import { webhookTest } from '../../../contract/webhook-test.ts';

type Json = Record<string, unknown>;

/** A body that is sent: its schema has a description, and its type is a literal. */
type Payload = z.ZodObject<{ type: z.ZodLiteral<string> }>;

const headers = {
  'webhook-id': 'The id of the event, the same at every attempt: whoever remembers it does nothing twice',
  'webhook-timestamp': 'When this attempt was sent, in seconds since 1970',
  'webhook-signature':
    'Signatures of id, timestamp and body, as in `v1,…`, separated by spaces; one that fits is enough',
};

const parameters = Object.entries(headers).map(([name, description]) => ({
  name,
  in: 'header',
  required: true,
  description,
  schema: { type: 'string' },
}));

const answersToEvents = {
  '2XX': { description: 'The event is taken' },
  410: { description: 'Nobody is here for events any more: the webhook is paused' },
  default: { description: 'The event is sent again later' },
};

const answersToTests = {
  '2XX': { description: 'The test has arrived' },
  default: { description: 'The test has failed, and is not sent again' },
};

/**
 * The `webhooks` of the document: one for each type of what is sent.
 * @param schemaOf makes the schema of a body, and a component of it
 */
export function describeWebhooks(schemaOf: (payload: z.ZodType) => Json | null): Json {
  const describe = (payload: Payload, responses: Json) => {
    const { type } = payload.shape;
    return [type.value, { post: toOperation(type.value, payload.description, schemaOf(payload), responses) }];
  };
  const events = event.options.map((option) => describe(option, answersToEvents));
  return Object.fromEntries([...events, describe(webhookTest, answersToTests)]);
}

function toOperation(type: string, summary: string | undefined, schema: Json | null, responses: Json): Json {
  return {
    operationId: `webhook.${type}`,
    summary,
    tags: ['Webhooks'],
    security: [],
    parameters,
    requestBody: { required: true, content: { 'application/json': { schema } } },
    responses,
  };
}
