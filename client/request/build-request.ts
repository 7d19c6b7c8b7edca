// Converts the flat input of an operation to a path with query, and a JSON body.

import type { ApiRoute } from './route.ts';

/** The fields of an input: path parameters, query and body in one object. */
export type FlatInput = Readonly<Record<string, unknown>>;

/**
 * Builds the path with query, and the JSON body. Path parameters are selected by name; all other fields become the
 * query of a GET, and otherwise the body. Fields that are undefined are left out.
 * @throws {TypeError} if a path parameter is missing, or a time is invalid
 */
export function buildRequest(route: ApiRoute, input: FlatInput): { path: string; body: string | undefined } {
  const others = new Map(Object.entries(input).filter(([, value]) => value !== undefined));
  const path = route.path.replace(/:(\w+)/g, (_, name: string) => {
    const value = others.get(name);
    if (value === undefined || value === null || value === '') throw new TypeError(`${name} is missing`);
    others.delete(name);
    return encodeURIComponent(String(value));
  });
  if (route.method === 'GET') {
    const query = new URLSearchParams([...others].map(([name, value]) => [name, toParameter(name, value)])).toString();
    return { path: query === '' ? path : `${path}?${query}`, body: undefined };
  }
  const hasBody = others.size > 0 || route.hasBody === true;
  return { path, body: hasBody ? JSON.stringify(Object.fromEntries(others)) : undefined };
}

/** Lists are joined by commas, and times are written in UTC. */
function toParameter(name: string, value: unknown): string {
  if (!(value instanceof Date)) return String(value);
  if (Number.isNaN(value.getTime())) throw new TypeError(`${name} is an invalid date`);
  return value.toISOString();
}
