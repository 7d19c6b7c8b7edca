// Parses request targets. Node's parser accepts bad percent-encoding, and ignores parameters beyond a thousand.

import { createInvalidRequestProblem } from '../../domain/problem.ts';
import type { ServiceRequest } from './request.ts';

const maxParameters = 100;

/**
 * Creates the step that sets the authority, the path and the query string of a request. The base path is removed from
 * the path if it is there: some proxies remove it themselves, others pass it on.
 */
export function createTargetParser(basePath: string): (request: ServiceRequest) => void {
  return (request) => {
    const { url = '/' } = request;
    // Clients send the absolute form to proxies, and every server must accept it. Its authority replaces that of the
    // Host header (RFC 9112, section 3.2.2).
    const [prefix, authority = request.headers.host ?? ''] = url.startsWith('/') ? [''] : splitAbsoluteForm(url);
    const target = url.slice(prefix.length);
    const queryStart = target.indexOf('?');
    const path = queryStart < 0 ? target : target.slice(0, queryStart);
    request.authority = authority;
    request.basePath = basePath;
    request.pathname = isBelow(basePath, path) ? path.slice(basePath.length) : path;
    request.search = queryStart < 0 ? '' : target.slice(queryStart + 1);
  };
}

/** Returns what precedes the path of an absolute URL, and its authority; an empty prefix for other targets. */
function splitAbsoluteForm(url: string): readonly [prefix: string, authority?: string] {
  const [prefix = '', authority] = /^https?:\/\/([^/?#]*)/i.exec(url) ?? [];
  return authority === undefined ? [''] : [prefix, authority];
}

/** Whether a path is the base path or begins with its segments. */
function isBelow(basePath: string, path: string): boolean {
  return path.startsWith(basePath) && (path.length === basePath.length || path[basePath.length] === '/');
}

/** @throws RequestProblem `invalid-request`: the path contains NUL */
export function rejectNulInPath({ pathname }: ServiceRequest): void {
  rejectNul('/path', pathname);
}

/**
 * Returns the parameters of a query string, which has no question mark. A repeated parameter becomes a list, which the
 * contract rejects.
 * @throws RequestProblem `invalid-request`: bad percent-encoding, or more than 100 parameters
 */
export function parseQuery(text: string): Record<string, string | string[]> {
  const parameters: Record<string, string | string[]> = Object.create(null);
  let count = 0;
  if (text === '') return parameters;
  for (const part of text.split('&')) {
    if (part === '') continue;
    const [name = '', value = ''] = splitOnce(part).map(decode);
    const earlier = parameters[name];
    if (earlier === undefined) parameters[name] = value;
    else if (Array.isArray(earlier)) earlier.push(value);
    else parameters[name] = [earlier, value];
    count += 1;
    if (count > maxParameters)
      throw createInvalidRequestProblem([{ pointer: '/query', detail: 'has too many parameters' }]);
  }
  return parameters;
}

function splitOnce(part: string): [string, string] {
  const index = part.indexOf('=');
  return index < 0 ? [part, ''] : [part.slice(0, index), part.slice(index + 1)];
}

/** Forms encode a space as a plus sign (WHATWG URL, section 5.1). */
function decode(text: string): string {
  rejectNul('/query', text);
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw createInvalidRequestProblem([{ pointer: '/query', detail: `has bad percent-encoding in '${text}'` }]);
  }
}

/** Databases cannot store NUL, and the file server reports an internal error for it. */
function rejectNul(pointer: '/path' | '/query', encoded: string): void {
  if (encoded.includes('%00')) throw createInvalidRequestProblem([{ pointer, detail: 'must not contain NUL' }]);
}
