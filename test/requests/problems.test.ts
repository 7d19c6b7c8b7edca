// The list of problem codes, and the description that the `type` of each problem points to.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { problemCodes } from '../../contract/problems/problem-table.ts';
import { startTestApp, type TestApp } from '../kit/service/app.ts';

/** The Accept header that browsers send for a page. */
const browserHeaders = { accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' };

let app: TestApp;

beforeAll(async () => {
  app = await startTestApp();
});

afterAll(() => app[Symbol.asyncDispose]());

test('the list of problems has every code with the same description as its own path', async () => {
  const { data } = await app.client.documentation.problems();
  expect(data.map(({ code }) => code)).toEqual(problemCodes);
  for (const entry of data) expect(await app.client.documentation.problem({ code: entry.code })).toEqual(entry);
});

test.each(['/problems', '/problems/conflict'])('%s returns JSON for the Accept header of a browser', async (path) => {
  const { status, headers } = await app.request(path, { headers: browserHeaders });
  expect(status).toBe(200);
  expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
});

test('an unknown problem code gets 404 for the Accept header of a browser', async () => {
  const response = await app.request('/problems/<b>', { headers: browserHeaders });
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  expect(await response.json()).toMatchObject({ status: 404, code: 'not-found' });
});
