// Reads the targets of requests. What Node's own reader lets through, or passes over beyond a thousand parameters, is
// refused here.

import { invalidRequest } from '../../domain/problem.ts';

const maxParameters = 100;

/** The path and the query (without its question mark) that a request asks for. */
export function splitUrl(url: string): { pathname: string; search: string } {
  // A proxy is asked by the whole address, and every server has to understand that (RFC 9112, section 3.2.2).
  const target = url.startsWith('/') ? url : url.replace(/^https?:\/\/[^/?#]*/i, '');
  const mark = target.indexOf('?');
  return mark < 0
    ? { pathname: target, search: '' }
    : { pathname: target.slice(0, mark), search: target.slice(mark + 1) };
}

/**
 * The parameters of a query string (without its question mark); those that are repeated as a list, for the contract to
 * refuse.
 * @throws ProblemError `invalid-request`: bad percent-encoding, or more than 100 parameters
 */
export function parseQuery(text: string): Record<string, string | string[]> {
  const parameters: Record<string, string | string[]> = Object.create(null);
  let count = 0;
  if (text === '') return parameters;
  for (const part of text.split('&')) {
    if (part === '') continue;
    const [name = '', value = ''] = splitOnce(part).map(decode);
    const former = parameters[name];
    if (former === undefined) parameters[name] = value;
    else if (Array.isArray(former)) former.push(value);
    else parameters[name] = [former, value];
    count += 1;
    if (count > maxParameters) throw invalidRequest([{ pointer: '/query', detail: 'has too many parameters' }]);
  }
  return parameters;
}

function splitOnce(part: string): [string, string] {
  const index = part.indexOf('=');
  return index < 0 ? [part, ''] : [part.slice(0, index), part.slice(index + 1)];
}

/** A plus is a space, as forms write it (WHATWG URL, section 5.1). */
function decode(text: string): string {
  rejectNul('/query', text);
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw invalidRequest([{ pointer: '/query', detail: `has bad percent-encoding in '${text}'` }]);
  }
}

/**
 * No name and no value has one, no database keeps one faithfully, and what serves files calls it a fault.
 * @param encoded a path, or part of a query
 * @throws ProblemError `invalid-request`
 */
export function rejectNul(pointer: '/path' | '/query', encoded: string): void {
  if (encoded.includes('%00')) throw invalidRequest([{ pointer, detail: 'must not contain NUL' }]);
}
