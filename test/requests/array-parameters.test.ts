// Lists in a query: the forms of every array parameter of the contract, and what is rejected.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { z } from 'zod';
import { contract } from '../../contract/index.ts';
import { generateDocument } from '../../server/http/docs/openapi/document.ts';
import { readFieldErrors } from '../kit/http/problems.ts';
import { listQueryParameters, type QueryParameter } from '../kit/http/routes.ts';
import { expandDocument } from '../kit/openapi/expand.ts';
import { startTestApp, type TestApp } from '../kit/service/app.ts';

/** The array parameters of the contract, each with two of its values. */
const lists = listQueryParameters(contract).flatMap(({ route, name, values }) => {
  const [first = '', second = ''] = values ?? [];
  return values ? [{ title: `${name} of ${route.method} ${route.path}`, route, name, values, first, second }] : [];
});

let app: TestApp;

const { paths } = expandDocument(generateDocument()) as unknown as {
  paths: Record<string, Record<string, { parameters: { name: string }[] }>>;
};

beforeAll(async () => {
  app = await startTestApp();
  await app.client.webhooks.create({ url: 'https://shop.example/hooks' });
  await app.client.orders.create({ customerId: 'c', currency: 'EUR', items: [newItem] });
});

afterAll(() => app[Symbol.asyncDispose]());

const newItem = { productId: 'tea', quantity: 1, unitPrice: 100 };

/** Sends a query. The body of a stream, which does not end, is not read. */
async function send({ route }: Pick<QueryParameter, 'route'>, query: string): Promise<Response> {
  const abort = new AbortController();
  const response = await app.request(`${route.path.replace(/:\w+/, '1')}?${query}`, { signal: abort.signal });
  if (response.status !== 200 || !response.headers.get('content-type')?.includes('event-stream')) return response;
  abort.abort();
  return new Response('{}', { status: response.status });
}

test('the contract has array parameters on orders, events and deliveries', () => {
  const paths = lists.map(({ route }) => route.path);
  expect(paths).toEqual(expect.arrayContaining(['/orders', '/events', '/webhooks/:webhookId/deliveries']));
});

describe.each(lists)('$title', ({ route, name, values, first, second }) => {
  const parse = (value: string | string[]) => (route.query as z.ZodType).safeParse({ [name]: value });

  test(`${name} is the same list with commas, repeated, and in both forms`, async () => {
    const both = { success: true, data: { [name]: [first, second] } };
    expect(parse(`${first},${second}`)).toMatchObject(both);
    expect(parse([first, second])).toMatchObject(both);
    const all = { success: true, data: { [name]: values } };
    expect(parse([`${first},${second}`, ...values.slice(2)])).toMatchObject(all);
    const forms = [`${name}=${first},${second}`, `${name}=${first}&${name}=${second}`, `${name}=${first}%2C${second}`];
    const bodies = await Promise.all(
      forms.map(async (query) => {
        const response = await send({ route }, query);
        expect(response.status, query).toBe(200);
        return response.json();
      }),
    );
    expect(new Set(bodies.map((body) => JSON.stringify(body))).size).toBe(1);
  });

  test(`a single ${name} is a list of one value, and the order of the values is kept`, () => {
    expect(parse(first)).toMatchObject({ data: { [name]: [first] } });
    expect(parse([second, first])).toMatchObject({ data: { [name]: [second, first] } });
  });

  const unknown = expect.stringMatching(/^must be one of /);
  const repeated = 'must not repeat a value';
  const invalid: [query: string, pointer: string, detail: unknown][] = [
    [`${name}=${first},${first}`, '', repeated],
    [`${name}=${first}&${name}=${first}`, '', repeated],
    [`${name}=${first},${second}&${name}=${first}`, '', repeated],
    [`${name}=`, '/0', unknown],
    [`${name}`, '/0', unknown],
    [`${name}=${first},`, '/1', unknown],
    [`${name}=,${first}`, '/0', unknown],
    [`${name}=${first}&${name}=`, '/1', unknown],
    [`${name}=nothing`, '/0', unknown],
    [`${name}=${first}&${name}=nothing`, '/1', unknown],
    [`${name}=${first.toUpperCase()}x`, '/0', unknown],
    [`${name}=${first},%20${second}`, '/1', unknown],
    [`${name}=${first}+${second}`, '/0', unknown],
    [`${name}=${first}%252C${second}`, '/0', unknown],
    [`${name}=${[...values, first].join()}`, '', repeated],
    [`${name}=${[...values, first].join(`&${name}=`)}`, '', repeated],
  ];

  test.each(invalid)('%s is rejected with the pointer of the value', async (query, pointer, detail) => {
    const response = await send({ route }, query);
    expect(response.status).toBe(400);
    expect(await readFieldErrors(response)).toEqual([{ pointer: `/query/${name}${pointer}`, detail }]);
  });

  test(`${name} in brackets is an unknown parameter, and more than 100 parameters are too many`, async () => {
    const [error] = await readFieldErrors(await send({ route }, `${name}[]=${first}`));
    expect(error).toEqual({ pointer: `/query/${name}[]`, detail: 'is unknown' });
    expect(await readFieldErrors(await send({ route }, Array(101).fill(`${name}=${first}`).join('&')))).toEqual([
      { pointer: '/query', detail: 'has too many parameters' },
    ]);
  });

  test(`${name} is documented as a form of unique values, which generators repeat`, () => {
    const { parameters = [] } = paths[route.path.replace(/:(\w+)/g, '{$1}')]?.[route.method.toLowerCase()] ?? {};
    expect(parameters.find((parameter) => parameter.name === name)).toMatchObject({
      in: 'query',
      style: 'form',
      explode: true,
      schema: { type: 'array', uniqueItems: true, minItems: 1, items: { enum: values } },
    });
  });
});

test('the SDK sends lists that the service accepts, and a filter by several statuses returns their orders', async () => {
  await app.client.orders.reject({ orderId: 1 });
  await app.client.orders.create({ customerId: 'c', currency: 'EUR', items: [newItem] });
  const { data } = await app.client.orders.list({ status: ['CREATED', 'REJECTED'] });
  expect(data.map(({ id, status }) => [id, status])).toEqual([
    [2, 'CREATED'],
    [1, 'REJECTED'],
  ]);
  const repeated = await app.request('/orders?status=REJECTED&status=CREATED');
  expect((await repeated.json()).data).toEqual(data);
});

test('a cursor of a list that was given with commas continues the same list that is given repeatedly', async () => {
  const first = await (await app.request('/orders?limit=1&status=CREATED,REJECTED')).json();
  const { nextCursor } = first.page;
  const query = `limit=1&status=CREATED&status=REJECTED&cursor=${nextCursor}`;
  const second = await app.request(`/orders?${query}`);
  expect(second.status).toBe(200);
  expect((await second.json()).data).toHaveLength(1);
});
