// The OpenAPI document, the descriptions of problems, the health endpoints and the policy endpoint.

import { Validator } from '@seriousme/openapi-schema-validator';
import type { AppRoute } from '@ts-rest/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { contract } from '../../contract/index.ts';
import { anyProblem } from '../../contract/problems/problem.ts';
import { problemCodes, problemTable } from '../../contract/problems/problem-table.ts';
import { emptyBody, type RouteMetadata } from '../../contract/routes/route.ts';
import { orderEventTypes } from '../../contract/schemas/events/order-event.ts';
import { webhookTest } from '../../contract/schemas/webhook-test.ts';
import { listRoutes } from '../kit/http/routes.ts';
import { expandDocument, resolveReference } from '../kit/openapi/expand.ts';
import { startTestApp, type TestApp } from '../kit/service/app.ts';

type Operation = {
  operationId: string;
  summary: string;
  tags: string[];
  security: Record<string, string[]>[];
  parameters: { name: string; in: string; description?: string }[];
  responses: Record<
    string,
    { content?: Record<string, { schema?: Schema; examples?: Record<string, { value: unknown }> }> }
  >;
};
type Schema = {
  description?: string;
  examples?: unknown[];
  additionalProperties?: unknown;
  properties?: Record<string, Schema>;
  enum?: unknown;
  'x-extensible-enum'?: unknown;
  required?: string[];
  items?: Schema;
  const?: unknown;
};
type Document = {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
  webhooks: Record<string, { post: Operation & { requestBody: unknown } }>;
  components: { schemas: Record<string, Schema>; securitySchemes: Record<string, { scheme: string }> };
};

let app: TestApp;
let document: Document;
/** The document without references. */
let expanded: Document;
let operations: Operation[];

beforeAll(async () => {
  app = await startTestApp();
  document = (await app.client.documentation.openapi()) as unknown as Document;
  expanded = expandDocument(document);
  operations = Object.values(expanded.paths).flatMap((methods) => Object.values(methods));
});

afterAll(() => app[Symbol.asyncDispose]());

/** Returns the example of a schema, or one that consists of the examples of its parts. */
function composeExample({ examples = [], properties, items, ...others }: Schema): unknown {
  if (examples.length > 0) return examples[0];
  if (others.const !== undefined) return others.const;
  if (items) return [composeExample(items)];
  const union = (others as { oneOf?: Schema[] }).oneOf?.find((option) => option.examples);
  if (union) return composeExample(union);
  if (!properties) return undefined;
  return Object.fromEntries(Object.entries(properties).map(([name, schema]) => [name, composeExample(schema)]));
}

function findRoute(operationId: string): AppRoute {
  const [group = '', name = ''] = operationId.split('.');
  const routes = contract as unknown as Record<string, Record<string, AppRoute>>;
  const route = routes[group]?.[name];
  if (!route) throw new Error(`the contract has no ${operationId}`);
  return route;
}

describe('the OpenAPI document', () => {
  test('fields that were added to orders later are optional in the events that created earlier orders', () => {
    const { required } = document.components.schemas.OrderContent ?? {};
    expect(required).toEqual(['reference', 'customerId', 'currency', 'items', 'note', 'metadata']);
  });

  test('the OpenAPI document is valid OpenAPI 3.1', async () => {
    const { valid, errors } = await new Validator().validate(structuredClone(document) as never);
    expect(errors).toBeUndefined();
    expect(valid).toBe(true);
    expect(document.openapi).toBe('3.1.0');
  });

  test('the OpenAPI document has every route of the contract', () => {
    const documented = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    const routes = listRoutes(contract).map(({ method, path }) => `${method} ${path.replace(/:(\w+)/g, '{$1}')}`);
    expect(documented.sort()).toEqual(routes.sort());
  });

  test('every operation has a unique id, a summary and one tag', () => {
    expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length);
    for (const { operationId, summary, tags } of operations) {
      expect(summary, operationId).toMatch(/^[A-Z]/);
      expect(tags, operationId).toHaveLength(1);
    }
  });

  test('every request body has an example that matches its schema', () => {
    for (const { operationId } of operations) {
      const route = findRoute(operationId);
      const body = 'body' in route ? (route.body as z.ZodType) : undefined;
      const schema = body instanceof z.ZodOptional ? (body.unwrap() as z.ZodType) : body;
      if (!schema || schema === emptyBody.unwrap()) continue;
      expect(schema.safeParse(schema.meta()?.example), operationId).toMatchObject({ success: true });
    }
  });

  test('every response has an example, or consists of parts with examples, that matches its schema', () => {
    const results = operations.flatMap(({ operationId, responses }) =>
      Object.entries(responses).map(([status, { content }]) => ({ operationId, status, content })),
    );
    const bodies = results.filter(({ content }) => content?.['application/json']);
    expect(bodies.length).toBeGreaterThan(25);
    for (const { operationId, status, content } of bodies) {
      const example = composeExample(content?.['application/json']?.schema ?? {});
      const schema = findRoute(operationId).responses[Number(status)] as z.ZodType;
      expect(schema.safeParse(example), `${operationId} ${status}`).toMatchObject({ success: true });
    }
  });

  test('every operation in the OpenAPI document has the responses of the contract', () => {
    for (const { operationId, responses } of operations) {
      expect(Object.keys(responses).sort()).toEqual(Object.keys(findRoute(operationId).responses).sort());
    }
  });

  test('every operation lists its required scopes and the responses without them', () => {
    expect(document.components.securitySchemes).toMatchObject({ bearerAuth: { type: 'http', scheme: 'bearer' } });
    for (const { operationId, security, responses } of operations) {
      const { metadata } = findRoute(operationId);
      const { scopes } = metadata as RouteMetadata;
      expect(security, operationId).toEqual(scopes === null ? [] : [{ bearerAuth: scopes }]);
      expect('401' in responses, operationId).toBe(scopes !== null);
      expect('403' in responses, operationId).toBe(!operationId.startsWith('health.'));
    }
  });

  test('every problem response has its media type and valid examples', () => {
    const problems = operations
      .filter(({ operationId }) => operationId !== 'health.ready')
      .flatMap(({ responses }) => Object.entries(responses).filter(([status]) => Number(status) >= 400));
    expect(problems.length).toBeGreaterThan(50);
    for (const [status, { content }] of problems) {
      expect(Object.keys(content ?? {})).toEqual(['application/problem+json']);
      const examples = Object.values(content?.['application/problem+json']?.examples ?? {});
      expect(examples.length).toBeGreaterThan(0);
      for (const { value } of examples) expect(anyProblem.parse(value)).toMatchObject({ status: Number(status) });
    }
  });

  test('the webhooks section has each event type and the test, with the headers of Standard Webhooks', () => {
    expect(Object.keys(document.webhooks)).toEqual([...orderEventTypes, 'webhook.test']);
    for (const [type, { post }] of Object.entries(document.webhooks)) {
      const [, component = ''] = /"#\/components\/schemas\/(\w+)"/.exec(JSON.stringify(post.requestBody)) ?? [];
      const schema = expanded.components.schemas[component];
      expect(schema?.properties?.type).toMatchObject({ const: type });
      expect(post.summary, type).toMatch(/^[A-Z]/);
      expect(post.summary).toBe(schema?.description);
      expect(post.tags).toEqual(['Webhooks']);
      const names = expanded.webhooks[type]?.post.parameters.map(({ name }) => name);
      expect(names).toEqual(['webhook-id', 'webhook-timestamp', 'webhook-signature']);
    }
  });

  test('the webhooks section describes 410 for events only, because a test is not repeated', () => {
    const { 'webhook.test': test, ...events } = document.webhooks;
    expect(Object.keys(test?.post.responses ?? {})).toEqual(['2XX', 'default']);
    for (const { post } of Object.values(events))
      expect(Object.keys(post.responses)).toEqual(['410', '2XX', 'default']);
    expect(webhookTest.safeParse(document.components.schemas.WebhookTest?.examples?.[0])).toMatchObject({
      success: true,
    });
  });

  test('no number in the OpenAPI document has the smallest safe integer as its minimum', () => {
    expect(JSON.stringify(document)).not.toContain(String(Number.MIN_SAFE_INTEGER));
  });

  test('every pause reason, delivery kind and delivery state is described', () => {
    const { WebhookPause, Delivery } = expanded.components.schemas;
    const schemas = [WebhookPause?.properties?.reason, Delivery?.properties?.kind, Delivery?.properties?.state];
    for (const schema of schemas) {
      const names = [...(schema?.description ?? '').matchAll(/`(\w+)`: /g)].map(([, name]) => name);
      expect(names).toEqual(schema?.['x-extensible-enum']);
    }
  });

  test('request schemas are closed and response schemas are open to later additions', () => {
    const { NewOrder, Order, Validation } = expanded.components.schemas;
    expect(NewOrder?.additionalProperties).toBe(false);
    expect(Order?.additionalProperties).toBeUndefined();
    expect(Order?.properties?.status).not.toHaveProperty('enum');
    expect(Validation?.properties?.state).not.toHaveProperty('enum');
  });

  test('every reference in the OpenAPI document resolves', () => {
    const references = [...JSON.stringify(document).matchAll(/"(#\/[^"]+)"/g)].map(([, reference]) =>
      String(reference),
    );
    expect(references.length).toBeGreaterThan(500);
    for (const reference of references) expect(resolveReference(document, reference)).toBeTypeOf('object');
  });
});

describe('a problem', () => {
  test.each(problemCodes)('the type of %s is the path of its description', async (code) => {
    const { status, title, meaning, remedy } = problemTable[code];
    expect(await app.client.documentation.problem({ code })).toEqual({ code, status, title, meaning, remedy });
  });

  test.each(['nothing', 'constructor', '__proto__'])('/problems/%s gets 404', async (code) => {
    expect((await app.request(`/problems/${code}`)).status).toBe(404);
  });

  test('the request id is assigned by the service, whatever id the client sends', async () => {
    const sent = ['trace-1', '00000000-0000-4000-8000-000000000000', '"><script>', 'x'.repeat(65)];
    const received = await Promise.all(
      sent.map(async (id) => {
        const response = await app.request('/orders/9', { headers: { 'x-request-id': id } });
        const { requestId } = await response.json();
        expect(response.headers.get('x-request-id')).toBe(requestId);
        return requestId;
      }),
    );
    expect(received).toEqual(sent.map(() => expect.stringMatching(/^[0-9a-f-]{36}$/)));
    expect(new Set([...sent, ...received]).size).toBe(8);
  });
});

describe('the health', () => {
  test('the health endpoint returns ok, and the readiness endpoint returns its checks', async () => {
    expect(await app.client.health.live()).toEqual({ status: 'ok' });
    expect(await app.client.health.ready()).toEqual({
      status: 'ready',
      checks: { database: 'ok', queue: 'ok', workers: 'ok' },
    });
  });
});

test('the policy endpoint returns the version and the rules', async () => {
  const { version, rules } = await app.client.policy.get();
  expect(version).toMatch(/^[0-9a-f]{12}$/);
  expect(rules.map(({ id }) => id)).toEqual(['no-zero-prices', 'no-repeated-products', 'total-limit']);
});
