// Reads query strings. What Node's own reader lets through, or passes over beyond a thousand parameters, is refused here.

import { invalidRequest } from '../problem.ts';

/**
 * The parameters of a query string (without its question mark); those that are repeated as a list, for the contract to
 * refuse.
 * @throws ProblemError `invalid-request`: bad percent-encoding
 */
export function parseQuery(text: string | null): Record<string, string | string[]> {
  const parameters: Record<string, string | string[]> = Object.create(null);
  for (const part of (text ?? '').split('&')) {
    if (part === '') continue;
    const [name = '', value = ''] = splitOnce(part).map(decode);
    const former = parameters[name];
    parameters[name] = former === undefined ? value : [former, value].flat();
  }
  return parameters;
}

function splitOnce(part: string): [string, string] {
  const index = part.indexOf('=');
  return index < 0 ? [part, ''] : [part.slice(0, index), part.slice(index + 1)];
}

/** A plus is a space, as forms write it (WHATWG URL, section 5.1). */
function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw invalidRequest([{ pointer: '/query', detail: `has bad percent-encoding in '${text}'` }]);
  }
}
