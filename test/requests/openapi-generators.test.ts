// The parts of the OpenAPI document that generators of clients depend on.

import { beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { contract } from '../../contract/index.ts';
import { namedEnums } from '../../contract/named-enums.ts';
import { contractBuilder, metadata, noQuery, orderPath, problems } from '../../contract/routes/route.ts';
import { generateDocument, type OpenApiDocument } from '../../server/http/docs/openapi/document.ts';
import type { Json } from '../../server/http/docs/openapi/json-schema.ts';
import { listRoutes } from '../kit/http/routes.ts';
import { expandDocument } from '../kit/openapi/expand.ts';

type Schema = {
  $ref?: string;
  type?: unknown;
  enum?: unknown[];
  default?: unknown;
  oneOf?: Schema[];
  discriminator?: { propertyName: string; mapping: Record<string, string> };
  properties?: Record<string, Schema>;
  required?: string[];
};
type Parameter = { name: string; in: string; required?: boolean; style?: string; explode?: boolean; schema: Schema };
type Header = { schema: Schema; description: string };
type Operation = {
  operationId: string;
  description?: string;
  parameters?: Parameter[];
  requestBody?: { required?: boolean };
  responses: Record<string, { headers?: Record<string, Header>; content?: Record<string, { schema: Schema }> }>;
};

let document: OpenApiDocument;
let operations: Map<string, Operation>;
let schemas: Record<string, Schema>;

beforeAll(() => {
  document = generateDocument();
  const { paths } = expandDocument(document) as unknown as { paths: Record<string, Record<string, Operation>> };
  operations = new Map(
    Object.values(paths).flatMap((path) => Object.values(path).map((operation) => [operation.operationId, operation])),
  );
  schemas = (document.components as { schemas: Record<string, Schema> }).schemas;
});

function findOperation(operationId: string): Operation {
  const operation = operations.get(operationId);
  if (!operation) throw new Error(`the document has no ${operationId}`);
  return operation;
}

/** Calls `visit` with every object in a value. */
function visitAll(value: unknown, visit: (found: Json) => void): void {
  if (typeof value !== 'object' || value === null) return;
  if (!Array.isArray(value)) visit(value as Json);
  for (const entry of Object.values(value)) visitAll(entry, visit);
}

test('every request body says whether it is required, and is required unless the contract makes it optional', () => {
  const bodies = Object.entries(contract).flatMap(([group, routes]) =>
    Object.entries(routes).flatMap(([name, route]) => ('body' in route ? [[`${group}.${name}`, route.body]] : [])),
  );
  expect(bodies.length).toBeGreaterThan(10);
  for (const [operationId, body] of bodies) {
    const isRequired = !(body instanceof z.ZodOptional);
    expect(findOperation(String(operationId)).requestBody?.required, String(operationId)).toBe(isRequired);
  }
});

test('fields with a default are optional, also for generators that declare a field with `default` as present', () => {
  visitAll(schemas, ({ properties = {} }) => {
    for (const [name, schema] of Object.entries(properties as Record<string, Schema>)) {
      expect(schema, name).not.toHaveProperty('default');
    }
  });
  expect(schemas.NewOrder?.required).toEqual(['customerId', 'currency', 'items']);
  expect(schemas.NewOrderRequest?.required).toEqual(['customerId', 'currency', 'items']);
  expect(schemas.NewWebhook?.required).toEqual(['url']);
});

test('parameters with a default have it in their schema', () => {
  const { parameters = [] } = findOperation('orders.list');
  const defaults = parameters.map(({ name, schema }) => [name, schema.default]);
  expect(Object.fromEntries(defaults)).toMatchObject({ limit: 10, sort: '-id' });
});

test('the items of the event stream refer to the schema of an event', () => {
  const path = (document.paths as Record<string, Record<string, Operation>>)['/events/stream'];
  const content = path?.get?.responses['200']?.content;
  expect(content).toEqual({ 'text/event-stream': { schema: { $ref: '#/components/schemas/Event' } } });
});

test('every named enumeration is a component, closed in requests and open in responses', () => {
  for (const [name, { values }] of Object.entries(namedEnums)) {
    const component = schemas[name] ?? schemas[`Known${name}`];
    expect(component, name).toBeDefined();
    if (schemas[name]) expect(schemas[name]).toMatchObject({ type: 'string', 'x-extensible-enum': values });
    if (schemas[`Known${name}`]) expect(schemas[`Known${name}`]).toMatchObject({ type: 'string', enum: values });
  }
  expect(Object.keys(schemas)).toEqual(
    expect.arrayContaining([
      'OrderStatus',
      'KnownOrderStatus',
      'KnownEventType',
      'KnownCurrency',
      'Currency',
      'ProblemCode',
    ]),
  );
});

test('every union has a discriminator that maps each of its values to a schema with that value', () => {
  const unions: Schema[] = [];
  visitAll(document, (found) => {
    if ('oneOf' in found) unions.push(found);
  });
  expect(unions.length).toBeGreaterThan(4);
  const { components } = expandDocument(document) as unknown as { components: { schemas: Record<string, Schema> } };
  for (const { oneOf = [], discriminator } of unions) {
    const { propertyName = '', mapping = {} } = discriminator ?? {};
    expect(Object.values(mapping)).toEqual(oneOf.map(({ $ref }) => $ref));
    for (const [value, reference] of Object.entries(mapping)) {
      const schema = components.schemas[reference.split('/').at(-1) ?? ''];
      expect(schema?.properties?.[propertyName], reference).toMatchObject({ const: value });
      expect(schema?.required, reference).toContain(propertyName);
    }
  }
});

test('limits that the service checks are in the schemas', () => {
  const { components } = expandDocument(document) as unknown as { components: { schemas: Record<string, unknown> } };
  const metadata = { maxProperties: 20, propertyNames: { minLength: 1, maxLength: 40 } };
  expect(components.schemas.NewOrder).toMatchObject({
    properties: { metadata: { anyOf: [{ ...metadata, additionalProperties: { maxLength: 500 } }, { type: 'null' }] } },
  });
  expect(components.schemas.NewWebhook).toMatchObject({
    properties: { types: { anyOf: [{ uniqueItems: true, minItems: 1 }, { type: 'null' }] } },
  });
  const { parameters = [] } = findOperation('orders.create');
  const [key] = parameters.filter(({ name }) => name === 'Idempotency-Key').map(({ schema }) => schema);
  const { pattern, maxLength } = key as { pattern: string; maxLength: number };
  const allowed = (text: string) => new RegExp(pattern).test(text) && text.length <= maxLength;
  expect(['k', 'k'.repeat(255), `"${'k'.repeat(255)}"`, `"${'\\"'.repeat(255)}"`, '"a b"'].map(allowed)).toEqual(
    Array(5).fill(true),
  );
  expect(['', 'k'.repeat(256), 'a b', '"', `"${'k'.repeat(256)}"`, 'ü', '"a"b"'].map(allowed)).toEqual(
    Array(7).fill(false),
  );
});

test('operations whose response can be 304 have the parameter If-None-Match', () => {
  const conditional = [...operations.values()].filter(({ responses }) => '304' in responses);
  expect(conditional.map(({ operationId }) => operationId)).toContain('orders.get');
  for (const { operationId, parameters = [], responses } of conditional) {
    expect(
      parameters.map(({ name }) => name),
      operationId,
    ).toContain('If-None-Match');
    expect(Object.keys(responses['304']?.headers ?? {}), operationId).toContain('ETag');
  }
});

test('every response describes its request id, and others the headers of their status', () => {
  const responses = [...operations.values()].flatMap((operation) =>
    Object.entries(operation.responses).map(([status, { headers = {} }]) => [status, Object.keys(headers)] as const),
  );
  for (const [status, headers] of responses) {
    expect(headers).toContain('X-Request-Id');
    if (status === '401' || status === '403') expect(headers).toContain('WWW-Authenticate');
    if (status === '429') expect(headers).toEqual(expect.arrayContaining(['Retry-After', 'RateLimit']));
    if (status === '201') expect(headers).toEqual(expect.arrayContaining(['Location', 'Idempotent-Replayed']));
  }
  expect(JSON.stringify(document)).toContain('"Allow":{"$ref":"#/components/headers/Allow"}');
});

test('every operation and every tag has a description', () => {
  for (const { operationId, description } of operations.values()) expect(description, operationId).toMatch(/\.$/);
  for (const { description } of document.tags as { description?: string }[]) expect(description).toMatch(/\.$/);
  expect(operations.size).toBe(listRoutes(contract).length);
});

test('a route that is added to the contract appears in the document, from which Swagger UI is built', () => {
  const note = z
    .object({ id: z.int().meta({ description: 'Id of the note' }) })
    .meta({ title: 'Note', description: 'A note on an order' });
  const notes = contractBuilder.router({
    get: {
      method: 'GET',
      path: '/orders/:orderId/note',
      pathParams: orderPath,
      summary: 'Get the note of an order',
      description: 'Returns the note.',
      query: noQuery,
      responses: { 200: note, ...problems('not-found') },
      metadata: metadata('Orders', 'orders:read'),
    },
  });
  const extended = generateDocument({ ...contract, notes });
  const { '/orders/{orderId}/note': path } = extended.paths as Record<string, Record<string, unknown>>;
  expect(path?.get).toMatchObject({
    operationId: 'notes.get',
    tags: ['Orders'],
    security: [{ bearerAuth: ['orders:read'] }],
    parameters: [{ $ref: '#/components/parameters/OrderIdPath' }],
    responses: {
      200: { content: { 'application/json': { schema: { $ref: '#/components/schemas/Note' } } } },
      404: { $ref: '#/components/responses/NotFound' },
    },
  });
  expect((extended.components as { schemas: object }).schemas).toHaveProperty('Note');
});
