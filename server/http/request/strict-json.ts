// Parses JSON (RFC 8259) so that every reader gets the same value and nothing is lost.

import { createInvalidRequestProblem } from '../../domain/problem.ts';
import { JsonScanner } from './json-scanner.ts';

/**
 * Parses a JSON text. A leading byte order mark is ignored (section 8.1).
 * @param text without lone surrogates, which text decoded from UTF-8 never contains
 * @throws RequestProblem `invalid-request`, with a pointer for each error: invalid JSON, nesting too deep, duplicate
 *   names, `__proto__`, text that databases cannot store, or numbers that would be rounded
 */
export function parseJson(text: string): unknown {
  const json = text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
  const scanner = new JsonScanner(json);
  const isWhole = scanner.scan();
  if (scanner.isTooDeep) throw createInvalidRequestProblem(scanner.errors);
  const value = parse(json);
  if (scanner.errors.length > 0) throw createInvalidRequestProblem(scanner.errors);
  if (!isWhole) throw new Error('the JSON scanner stopped before the end');
  return value;
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw createInvalidRequestProblem([{ pointer: '', detail: `is not JSON: ${reason}` }]);
  }
}
