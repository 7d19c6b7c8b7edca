// Checks the headers of responses against the OpenAPI document.

import { expect } from 'vitest';
import { generateDocument } from '../../../server/http/docs/openapi/document.ts';
import { expandDocument } from './expand.ts';

type Responses = Record<string, { headers?: Record<string, { required?: boolean }> }>;
type Paths = Record<string, Record<string, { responses: Responses }>>;

/** Headers of HTTP, of browsers and of caches, which the document does not describe. */
const undescribed = new Set([
  ...['cache-control', 'connection', 'content-length', 'content-security-policy', 'content-type', 'date'],
  ...['keep-alive', 'strict-transport-security', 'transfer-encoding', 'vary', 'x-accel-buffering'],
  ...['x-content-type-options', 'content-encoding'],
]);

let paths: Paths | undefined;

/** A response to a request of an operation. `path`: as in the contract. */
type Received = { method: string; path: string; status: number; headers: Headers };

/** Fails the test if a header of a response is not described, or one that is always sent is missing. */
export function expectDescribedHeaders({ method, path, status, headers }: Received): void {
  paths ??= expandDocument(generateDocument()).paths as Paths;
  const operation = paths[path.replace(/:(\w+)/g, '{$1}')]?.[method.toLowerCase()];
  const described = operation?.responses[status]?.headers ?? {};
  const names = new Set(Object.keys(described).map((name) => name.toLowerCase()));
  const others = [...headers.keys()].filter((name) => !undescribed.has(name) && !name.startsWith('access-control-'));
  expect(
    others.filter((name) => !names.has(name)),
    `headers of ${status} to ${method} ${path}`,
  ).toEqual([]);
  const required = Object.keys(described).filter((name) => described[name]?.required === true);
  const received = required.filter((name) => headers.has(name));
  expect(received, `headers of ${status} to ${method} ${path}`).toEqual(required);
}
