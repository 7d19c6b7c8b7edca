// A fetch that checks every response of the service against the contract: unknown and missing fields fail the test.

import { type AppRoute, isAppRouteNoBody, isAppRouteOtherResponse } from '@ts-rest/core';
import { expect } from 'vitest';
import { z } from 'zod';
import { contract } from '../../../contract/index.ts';
import { eventStreamType } from '../../../contract/media-types.ts';
import { anyProblem } from '../../../contract/problems/problem.ts';
import { RouteTable } from '../../../server/http/routing/route-table.ts';
import { expectDescribedHeaders } from '../openapi/response-headers.ts';
import { listRoutes } from './routes.ts';

const routes = new RouteTable<AppRoute>();
for (const route of listRoutes(contract)) routes.add(route.method, route.path, route);

/** Like `fetch`, but the test fails if the response violates the contract. */
export const contractFetch: typeof fetch = async (input, init) => {
  const response = await fetch(input, init);
  const method = init?.method ?? 'GET';
  const { pathname } = new URL(String(input));
  const type = response.headers.get('content-type') ?? '';
  const route = findRoute(method, pathname);
  if (route) expectDescribedHeaders({ ...route, status: response.status, headers: response.headers });
  if (type === eventStreamType) expect(isStream(route), `a stream at ${pathname}`).toBe(true);
  else if (method !== 'HEAD' && (route || type.includes('json'))) {
    expectContractResponse({ method, pathname, status: response.status, type, text: await response.clone().text() });
  }
  return response;
};

/** Bodies of event streams are not read here, because they do not end. `openStream` checks their messages. */
function isStream(route: AppRoute | undefined): boolean {
  const success = route?.responses[200];
  return success !== undefined && isAppRouteOtherResponse(success) && success.contentType === eventStreamType;
}

/** A response, and the method and path of its request. `type` is the media type. */
type ContractResponse = { method: string; pathname: string; status: number; type: string; text: string };

/** Checks that a response has a status, a body and a media type of the contract. */
export function expectContractResponse({ method, pathname, status, type, text }: ContractResponse): void {
  const route = findRoute(method, pathname);
  const response = route?.responses[status];
  if (text === '' && response && isAppRouteNoBody(response)) return;
  const schema = findSchema(route, status);
  if (!schema) throw new Error(`the contract of ${route?.path} has no status ${status}: ${text}`);
  const body: unknown = JSON.parse(text);
  expect(schema.parse(body), `response of ${method} ${pathname}`).toEqual(body);
  const hasCode = typeof body === 'object' && body !== null && 'requestId' in body && 'detail' in body;
  expect(type.startsWith('application/problem+json'), `media type of ${method} ${pathname}`).toBe(hasCode);
}

/** Undefined for unknown routes and for paths that cannot be decoded. */
function findRoute(method: string, pathname: string): AppRoute | undefined {
  try {
    return routes.find(method, pathname)?.target;
  } catch {
    return undefined;
  }
}

/** Returns the body schema of a status. Requests that match no route have a problem as response. */
function findSchema(route: AppRoute | undefined, status: number): z.ZodType | undefined {
  const response = route ? route.responses[status] : anyProblem;
  const schema = response && isAppRouteOtherResponse(response) ? response.body : response;
  return schema instanceof z.ZodType ? schema : undefined;
}
