// The logic of the API page without a browser: with the values that it fills in and the examples of the document, every
// operation can be executed unchanged, and executed again.

import { describe, expect, test } from 'vitest';
import { KnownResources } from '../../server/http/docs/swagger-ui/known-resources.js';
import { listOperations } from '../../server/http/docs/swagger-ui/plugins.js';
import { type ApiPageApp, startApiPageApp } from '../kit/console/api-page.ts';
import { toJsonRequest } from '../kit/service/app.ts';

type Operation = ReturnType<typeof listOperations>[number];
type Schema = { $ref?: string; examples?: unknown[] };
type Document = { paths: object; components: { schemas: Record<string, Schema> } };

/** Returns the body that Swagger UI fills in: the example of the schema. */
function findBody(document: Document, { definition }: Operation): RequestInit {
  const schema: Schema | undefined = definition.requestBody?.content['application/json'].schema;
  if (schema === undefined) return {};
  const resolved = document.components.schemas[schema.$ref?.split('/').at(-1) ?? ''] ?? schema;
  return toJsonRequest(JSON.stringify(resolved.examples?.[0] ?? {}));
}

/** Executes an operation, and returns the path and the status. */
async function execute(app: ApiPageApp, document: Document, known: KnownResources, operation: Operation) {
  const { operationId } = operation.definition;
  const values = { ...operation.examples, ...known.suggest(operation), ...app.entered[operationId] };
  const path = operation.path.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? '');
  const init = { method: operation.method.toUpperCase(), ...findBody(document, operation) };
  const response = await app.request(path, init);
  const location = response.headers.get('location') ?? undefined;
  const isJson = response.headers.get('content-type')?.startsWith('application/json');
  const body = isJson ? await response.json() : await response.body?.cancel();
  known.learn(operation, { url: app.url + path, status: response.status, body, ...(location && { location }) });
  return { path, isSuccess: response.ok, status: response.status, operationId };
}

test('every operation succeeds twice in a row with the values that the API page fills in', async () => {
  await using app = await startApiPageApp();
  const document = (await app.client.documentation.openapi()) as unknown as Document;
  const operations = listOperations(document);
  const known = new KnownResources(Object.keys(document.paths));
  const outcomes = [];
  for (const operation of operations.flatMap((one) => [one, one])) {
    await app.waitUntilSettled();
    outcomes.push(await execute(app, document, known, operation));
  }
  expect(outcomes.length).toBeGreaterThanOrEqual(70);
  expect(outcomes.filter(({ isSuccess }) => !isSuccess)).toEqual([]);
});

describe('the values of path parameters', () => {
  const paths = ['/orders', '/orders/{orderId}', '/orders/{orderId}/approve', '/orders/{orderId}/validate'];
  const approve = { path: '/orders/{orderId}/approve', method: 'post', action: 'approve' };
  const validate = { path: '/orders/{orderId}/validate', method: 'post', action: 'validate' };
  const get = { path: '/orders/{orderId}', method: 'get', action: 'get' };
  const list = { path: '/orders', method: 'get', action: 'list' };

  /** Knows orders 2 and 1, in this order. */
  function createKnown() {
    const known = new KnownResources(paths);
    const data = [
      { id: 2, allowedActions: ['validate'] },
      { id: 1, allowedActions: ['approve', 'validate'] },
    ];
    known.learn(list, { url: 'http://localhost/base/orders?limit=2', status: 200, body: { data } });
    return known;
  }

  test('a read gets the latest resource, and an action the latest one whose state allows it', () => {
    const known = createKnown();
    expect([get, validate, approve].map((one) => known.suggest(one).orderId)).toEqual(['2', '2', '1']);
  });

  test('after an action whose response has no order, the order gets every action but that one', () => {
    const known = createKnown();
    known.learn(validate, { url: 'http://localhost/orders/2/validate', status: 202, body: {} });
    expect([get, validate, approve].map((one) => known.suggest(one).orderId)).toEqual(['2', '1', '2']);
  });

  test('a resource that is not found is forgotten, and one that exists is not', () => {
    const known = createKnown();
    known.learn(get, { url: 'http://localhost/orders/2', status: 404 });
    known.learn(approve, { url: 'http://localhost/orders/1/approve', status: 409 });
    expect(known.resources.map(({ path }) => path)).toEqual(['/orders/1']);
  });

  test('without a known resource, an id is empty', () => {
    expect(new KnownResources(paths).suggest(get)).toEqual({});
  });
});
