// The OpenAPI document, the descriptions of problems, the health endpoints and the policy endpoint.

import { Validator } from '@seriousme/openapi-schema-validator';
import type { AppRoute } from '@ts-rest/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { contract } from '../../contract/index.ts';
import { anyProblem } from '../../contract/problems/problem.ts';
import { problemCodes, problemTable } from '../../contract/problems/problem-table.ts';
import type { RouteMetadata } from '../../contract/routes/route.ts';
import { orderEventTypes } from '../../contract/schemas/events/order-event.ts';
import { webhookTest } from '../../contract/schemas/webhook-test.ts';
import { listRoutes } from '../kit/http/routes.ts';
import { startTestApp, type TestApp } from '../kit/service/app.ts';

type Operation = {
  operationId: string;
  summary: string;
  tags: string[];
  security: Record<string, string[]>[];
  parameters: { name: string; in: string; description?: string }[];
  responses: Record<string, { content?: Record<string, { examples?: Record<string, { value: unknown }> }> }>;
};
type Schema = {
  description?: string;
  examples?: unknown[];
  additionalProperties?: unknown;
  properties?: Record<string, Schema>;
  enum?: unknown;
  'x-extensible-enum'?: unknown;
  required?: string[];
};
type Document = {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
  webhooks: Record<string, { post: Operation & { requestBody: unknown } }>;
  components: { schemas: Record<string, Schema>; securitySchemes: Record<string, { scheme: string }> };
};

let app: TestApp;
let document: Document;
let operations: Operation[];

beforeAll(async () => {
  app = await startTestApp();
  document = (await app.client.documentation.openapi()) as unknown as Document;
  operations = Object.values(document.paths).flatMap((methods) => Object.values(methods));
});

afterAll(() => app[Symbol.asyncDispose]());

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

  test('every request and response body has an example that matches its schema', () => {
    const schemas = new Map(
      listRoutes(contract)
        .flatMap((route) => [...Object.values(route.responses), 'body' in route ? route.body : undefined])
        .filter((schema) => schema instanceof z.ZodType)
        .map((schema) => (schema instanceof z.ZodOptional ? (schema.unwrap() as z.ZodType) : schema))
        .map((schema) => [schema.meta()?.title, schema]),
    );
    const names = [...JSON.stringify(operations).matchAll(/"schema":\{"\$ref":"#\/components\/schemas\/(\w+)"/g)];
    const bodies = new Set(names.map(([, name]) => String(name)).filter((name) => !name.endsWith('Problem')));
    expect(bodies.size).toBeGreaterThan(15);
    for (const name of bodies) {
      const [example] = document.components.schemas[name]?.examples ?? [];
      expect(example, name).toBeDefined();
      expect(schemas.get(name)?.safeParse(example), name).toMatchObject({ success: true });
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
      const schema = document.components.schemas[component];
      expect(schema?.properties?.type).toMatchObject({ const: type });
      expect(post.summary, type).toMatch(/^[A-Z]/);
      expect(post.summary).toBe(schema?.description);
      expect(post.tags).toEqual(['Webhooks']);
      expect(post.parameters.map(({ name }) => name)).toEqual(['webhook-id', 'webhook-timestamp', 'webhook-signature']);
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
    const { WebhookPause, Delivery } = document.components.schemas;
    const schemas = [WebhookPause?.properties?.reason, Delivery?.properties?.kind, Delivery?.properties?.state];
    for (const schema of schemas) {
      const names = [...(schema?.description ?? '').matchAll(/`(\w+)`: /g)].map(([, name]) => name);
      expect(names).toEqual(schema?.['x-extensible-enum']);
    }
  });

  test('request schemas are closed and response schemas are open to later additions', () => {
    const { NewOrder, Order, Validation } = document.components.schemas;
    expect(NewOrder?.additionalProperties).toBe(false);
    expect(Order?.additionalProperties).toBeUndefined();
    expect(Order?.properties?.status).not.toHaveProperty('enum');
    expect(Validation?.properties?.state).not.toHaveProperty('enum');
  });

  test('every reference in the OpenAPI document resolves', () => {
    const references = [...JSON.stringify(document).matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(
      ([, name]) => name,
    );
    for (const name of references) expect(document.components.schemas).toHaveProperty(String(name));
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
