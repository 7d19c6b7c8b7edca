// The OpenAPI document compared with the last released one, and the comparison itself.

import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { generateDocument } from '../../server/http/docs/openapi/document.ts';
import { type ComparedDocument, findBreakingChanges } from '../kit/openapi/breaking-changes.ts';

const read = (name: string) => JSON.parse(readFileSync(new URL(`../../openapi/${name}`, import.meta.url), 'utf8'));

let current: ComparedDocument;

beforeAll(() => {
  current = JSON.parse(JSON.stringify(generateDocument()));
});

test('no change since the last released OpenAPI document breaks a client, except for those that are accepted', () => {
  const accepted: { change: string; reason: string }[] = read('accepted-changes.json');
  const changes = findBreakingChanges(read('released.json'), current);
  expect(changes).toEqual(accepted.map(({ change }) => change).sort());
  for (const { change, reason } of accepted) expect(reason, change).toMatch(/\w/);
});

test('a document has no breaking changes compared with itself', () => {
  expect(findBreakingChanges(current, structuredClone(current))).toEqual([]);
});

/** Returns the breaking changes of an edit of the document. */
function findChangesOf(edit: (copy: never) => unknown): string[] {
  const copy = structuredClone(current);
  edit(copy as never);
  return findBreakingChanges(current, copy);
}

// Documents have many optional parts; the edits name the path of one that exists.
// biome-ignore lint/suspicious/noExplicitAny: a missing part fails the test
type Loose = any;

describe('the comparison reports that', () => {
  const breaking: [title: string, expected: string, edit: (copy: Loose) => unknown][] = [
    ['an operation was removed', 'GET /stats was removed', ({ paths }) => delete paths['/stats']],
    [
      'an operation has another id',
      'GET /stats has the operationId stats.read instead of stats.get',
      ({ paths }) => Object.assign(paths['/stats'].get, { operationId: 'stats.read' }),
    ],
    [
      'an operation requires another scope',
      'GET /stats requires the scope orders:write',
      ({ paths }) => paths['/stats'].get.security[0].bearerAuth.push('orders:write'),
    ],
    [
      'an operation requires a token',
      'GET /health requires a token',
      ({ paths }) => paths['/health'].get.security.push({ bearerAuth: [] }),
    ],
    [
      'a parameter was removed',
      'GET /orders query/customerId was removed',
      ({ paths }) => {
        const { get } = paths['/orders'];
        get.parameters = get.parameters.filter(({ name }: { name?: string }) => name !== 'customerId');
      },
    ],
    [
      'a parameter was added that is required',
      'GET /stats query/day is required',
      ({ paths }) => {
        paths['/stats'].get.parameters = [{ name: 'day', in: 'query', required: true, schema: { type: 'string' } }];
      },
    ],
    [
      'a parameter has a lower maximum',
      'GET /orders query/limit has maximum 50 instead of 100',
      ({ components }) => Object.assign(components.parameters.LimitQuery.schema, { maximum: 50 }),
    ],
    [
      'a filter accepts fewer values',
      'GET /orders query/status/* does not accept CREATED',
      ({ components }) => components.schemas.KnownOrderStatus.enum.shift(),
    ],
    [
      'a list is written in another style',
      'GET /orders query/status is written in another style',
      ({ paths }) =>
        Object.assign(
          paths['/orders'].get.parameters.find(({ name }: { name?: string }) => name === 'status'),
          { explode: false },
        ),
    ],
    [
      'a body is required',
      'POST /orders/{orderId}/approve body is required',
      ({ paths }) => Object.assign(paths['/orders/{orderId}/approve'].post.requestBody, { required: true }),
    ],
    [
      'a field of a request is required',
      'PUT /orders/{orderId} body/note is required',
      ({ components }) => Object.assign(components.schemas.OrderEdit, { required: ['note'] }),
    ],
    [
      'a field of a request was removed',
      'PUT /orders/{orderId} body/note was removed',
      ({ components }) => delete components.schemas.OrderEdit.properties.note,
    ],
    [
      'a field of a request accepts shorter texts only',
      'PUT /orders/{orderId} body/customerId has maxLength 10 instead of 64',
      ({ components }) => Object.assign(components.schemas.OrderEdit.properties.customerId, { maxLength: 10 }),
    ],
    [
      'a field of a request cannot be null',
      'PUT /orders/{orderId} body/note no longer accepts null',
      ({ components }) => Object.assign(components.schemas.OrderEdit.properties.note, { type: 'string' }),
    ],
    [
      'an amount has fewer pairs',
      'PUT /orders/{orderId} body/metadata has maxProperties 5 instead of 20',
      ({ components }) => Object.assign(components.schemas.NewMetadata, { maxProperties: 5 }),
    ],
    [
      'a status of success changed',
      'POST /orders returns 200',
      ({ paths }) => Object.assign(paths['/orders'].post.responses, { 200: paths['/orders'].post.responses[201] }),
    ],
    [
      'a status of success was removed',
      'POST /orders no longer returns 201',
      ({ paths }) => delete paths['/orders'].post.responses[201],
    ],
    [
      'a response has another media type',
      'GET /stats 200 is text/plain',
      ({ paths }) => Object.assign(paths['/stats'].get.responses[200], { content: { 'text/plain': {} } }),
    ],
    [
      'a header of a response was removed',
      'POST /orders 201 has no ETag',
      ({ paths }) => delete paths['/orders'].post.responses[201].headers.ETag,
    ],
    [
      'a field of a response was removed',
      'GET /orders/{orderId} 200/total can be absent',
      ({ components }) => {
        const { Order } = components.schemas;
        delete Order.properties.total;
        Order.required = Order.required.filter((name: string) => name !== 'total');
      },
    ],
    [
      'a field of a response is optional',
      'GET /orders 200/data/*/total can be absent',
      ({ components }) =>
        components.schemas.Order.required.splice(components.schemas.Order.required.indexOf('total'), 1),
    ],
    [
      'an optional field of a response was removed',
      'GET /orders/{orderId} 200/rejection/findings was removed',
      ({ components }) => delete components.schemas.Rejection.properties.findings,
    ],
    [
      'a field of a response has another type',
      'GET /orders/{orderId} 200/total can be string',
      ({ components }) => Object.assign(components.schemas.Order.properties.total, { type: 'string' }),
    ],
    [
      'a field of a response can be null',
      'GET /orders/{orderId} 200/total can be null',
      ({ components }) => Object.assign(components.schemas.Order.properties.total, { type: ['integer', 'null'] }),
    ],
    [
      'a field of an event changed',
      'GET /events 200/data/*/data/validationId can be string',
      ({ components }) => {
        const [, own] = components.schemas.OrderValidatedEvent.allOf;
        own.properties.data.properties.validationId.type = 'string';
      },
    ],
    [
      'a problem has another member',
      'GET /orders 429/retryAfterSeconds can be absent',
      ({ components }) => {
        const [, own] = components.schemas.TooManyRequestsProblem.allOf;
        own.required = own.required.filter((name: string) => name !== 'retryAfterSeconds');
      },
    ],
    [
      'a payload of a webhook changed',
      'webhook POST order.approved/orderId can be string',
      ({ components }) => {
        const { orderId } = components.schemas.OrderEventBase.allOf[1].properties;
        orderId.type = 'string';
      },
    ],
    ['a webhook was removed', 'POST order.approved was removed', ({ webhooks }) => delete webhooks['order.approved']],
    [
      'a schema has another name',
      'schema Stats was removed',
      ({ components, paths }) => {
        components.schemas.Statistics = components.schemas.Stats;
        delete components.schemas.Stats;
        paths['/stats'].get.responses[200].content['application/json'].schema.$ref = '#/components/schemas/Statistics';
      },
    ],
  ];

  test.each(breaking)('%s', (_, expected, edit) => {
    expect(findChangesOf(edit)).toContain(expected);
  });
});

describe('the comparison does not report', () => {
  const harmless: [title: string, edit: (copy: Loose) => unknown][] = [
    ['a new operation', ({ paths }) => Object.assign(paths, { '/new': structuredClone(paths['/stats']) })],
    [
      'a new optional parameter',
      ({ paths }) =>
        Object.assign(paths['/stats'].get, { parameters: [{ name: 'a', in: 'query', schema: { type: 'string' } }] }),
    ],
    [
      'a new optional field of a request',
      ({ components }) => Object.assign(components.schemas.NewOrder.properties, { tag: { type: 'string' } }),
    ],
    [
      'a new field of a response',
      ({ components }) => {
        components.schemas.Order.properties.tag = { type: 'string' };
        components.schemas.Order.required.push('tag');
      },
    ],
    [
      'a new value of an open enumeration',
      ({ components }) => components.schemas.OrderStatus['x-extensible-enum'].push('SHIPPED'),
    ],
    ['a new value of a filter', ({ components }) => components.schemas.KnownOrderStatus.enum.push('SHIPPED')],
    [
      'a new event type',
      ({ components }) => {
        const event = structuredClone(components.schemas.OrderValidatedEvent);
        event.allOf[1].properties.type.const = 'order.shipped';
        components.schemas.OrderShippedEvent = event;
        components.schemas.Event.oneOf.push({ $ref: '#/components/schemas/OrderShippedEvent' });
      },
    ],
    [
      'a new problem of a status',
      ({ paths }) => {
        const { responses } = paths['/orders'].get;
        responses[400] = { $ref: '#/components/responses/InvalidRequestOrInvalidTransition' };
      },
    ],
    ['a new status of a problem', ({ paths }) => Object.assign(paths['/stats'].get.responses, { 418: {} })],
    [
      'a required body that is optional now',
      ({ paths }) => Object.assign(paths['/orders'].post.requestBody, { required: false }),
    ],
    ['a higher maximum', ({ components }) => Object.assign(components.parameters.LimitQuery.schema, { maximum: 500 })],
    ['another description', ({ info, tags }) => Object.assign(info, { description: 'x', tags: tags.length })],
    ['a scope that is no longer required', ({ paths }) => paths['/stats'].get.security[0].bearerAuth.pop()],
  ];

  test.each(harmless)('%s', (_, edit) => {
    expect(findChangesOf(edit)).toEqual([]);
  });
});
