// A fetch that holds every answer of the service against the contract, strictly: no field too many, none too few.

import { type AppRoute, isAppRouteOtherResponse } from '@ts-rest/core';
import { expect } from 'vitest';
import { z } from 'zod';
import { contract } from '../../contract/index.ts';
import { anyProblem } from '../../contract/problem.ts';
import type { RouteMetadata } from '../../contract/route.ts';
import { RouteTable } from '../../server/http/route-table.ts';
import { routesOf } from './routes.ts';

const routes = new RouteTable<AppRoute>();
for (const route of routesOf(contract)) routes.add(route.method, route.path, route);

/** Like `fetch`; fails the test where an answer is not what the contract says. */
export const contractFetch: typeof fetch = async (input, init) => {
  const response = await fetch(input, init);
  const method = init?.method ?? 'GET';
  const route = routes.find(method, new URL(String(input)).pathname)?.target;
  const type = response.headers.get('content-type') ?? '';
  if (route || type.includes('json')) await assertContract(route, method, response.clone());
  return response;
};

async function assertContract(route: AppRoute | undefined, method: string, response: Response): Promise<void> {
  if (method === 'HEAD') return;
  const text = await response.text();
  if (isPage(route, response)) return expect(text).toMatch(/^<!doctype html>/);
  const schema = schemaOf(route, response.status);
  if (!schema) throw new Error(`the contract of ${route?.path} knows no status ${response.status}: ${text}`);
  const isProblem = response.headers.get('content-type')?.startsWith('application/problem+json') ?? false;
  const body: unknown = JSON.parse(text);
  expect(schema.parse(body), `answer of ${method} ${response.url}`).toEqual(body);
  const hasCode = typeof body === 'object' && body !== null && 'requestId' in body && 'detail' in body;
  expect(isProblem, `media type of ${method} ${response.url}`).toBe(hasCode);
}

function isPage(route: AppRoute | undefined, { headers, status }: Response): boolean {
  const { hasPage = false } = (route?.metadata ?? {}) as Partial<RouteMetadata>;
  return hasPage && status === 200 && headers.get('content-type') === 'text/html; charset=utf-8';
}

/** What a route may answer with; what no route has answered is a problem. */
function schemaOf(route: AppRoute | undefined, status: number): z.ZodType | undefined {
  const response = route ? route.responses[status] : anyProblem;
  const schema = response && isAppRouteOtherResponse(response) ? response.body : response;
  return schema instanceof z.ZodType ? schema : undefined;
}
