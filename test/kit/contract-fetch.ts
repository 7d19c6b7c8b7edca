// A fetch that holds every answer of the service against the contract, strictly: no field too many, none too few.

import { type AppRoute, isAppRouteNoBody, isAppRouteOtherResponse } from '@ts-rest/core';
import { expect } from 'vitest';
import { z } from 'zod';
import { contract } from '../../contract/index.ts';
import { anyProblem } from '../../contract/problem.ts';
import type { RouteMetadata } from '../../contract/route.ts';
import { eventStreamType } from '../../contract/stream.ts';
import { RouteTable } from '../../server/http/routing/route-table.ts';
import { listRoutes } from './routes.ts';

const routes = new RouteTable<AppRoute>();
for (const route of listRoutes(contract)) routes.add(route.method, route.path, route);

/** Like `fetch`; fails the test where an answer is not what the contract says. */
export const contractFetch: typeof fetch = async (input, init) => {
  const response = await fetch(input, init);
  const method = init?.method ?? 'GET';
  const { pathname } = new URL(String(input));
  const type = response.headers.get('content-type') ?? '';
  if (type === eventStreamType) expect(isStream(findRoute(method, pathname)), `a stream at ${pathname}`).toBe(true);
  else if (method !== 'HEAD' && (findRoute(method, pathname) || type.includes('json'))) {
    expectContractResponse({ method, pathname, status: response.status, type, text: await response.clone().text() });
  }
  return response;
};

/** Streams have no end: who reads one holds its messages against the contract. */
function isStream(route: AppRoute | undefined): boolean {
  const success = route?.responses[200];
  return success !== undefined && isAppRouteOtherResponse(success) && success.contentType === eventStreamType;
}

/** An answer, and what was asked for. `type` is its media type. */
type Answer = { method: string; pathname: string; status: number; type: string; text: string };

/** Fails where an answer is not what the contract says. */
export function expectContractResponse({ method, pathname, status, type, text }: Answer): void {
  const route = findRoute(method, pathname);
  if (isPage(route, status, type)) {
    expect(text).toMatch(/^<!doctype html>/);
    return;
  }
  const response = route?.responses[status];
  if (text === '' && response && isAppRouteNoBody(response)) return;
  const schema = schemaOf(route, status);
  if (!schema) throw new Error(`the contract of ${route?.path} knows no status ${status}: ${text}`);
  const body: unknown = JSON.parse(text);
  expect(schema.parse(body), `answer of ${method} ${pathname}`).toEqual(body);
  const hasCode = typeof body === 'object' && body !== null && 'requestId' in body && 'detail' in body;
  expect(type.startsWith('application/problem+json'), `media type of ${method} ${pathname}`).toBe(hasCode);
}

/** The route that a request is for; undefined also where its path cannot be read. */
function findRoute(method: string, pathname: string): AppRoute | undefined {
  try {
    return routes.find(method, pathname)?.target;
  } catch {
    return undefined;
  }
}

function isPage(route: AppRoute | undefined, status: number, type: string): boolean {
  const { hasPage = false } = (route?.metadata ?? {}) as Partial<RouteMetadata>;
  return hasPage && status === 200 && type === 'text/html; charset=utf-8';
}

/** What a route may answer with; what no route has answered is a problem. */
function schemaOf(route: AppRoute | undefined, status: number): z.ZodType | undefined {
  const response = route ? route.responses[status] : anyProblem;
  const schema = response && isAppRouteOtherResponse(response) ? response.body : response;
  return schema instanceof z.ZodType ? schema : undefined;
}
