// Reads JSON (RFC 8259) so that everybody who reads the same text gets the same value, and nothing of it is lost.

import { invalidRequest } from '../../domain/problem.ts';
import { JsonScanner } from './json-scanner.ts';

/**
 * The value of a JSON text. A byte order mark in front is passed over (section 8.1).
 * @param text without lone surrogates, as text that comes from UTF-8 is
 * @throws ProblemError `invalid-request`: it is no JSON, or it is nested too deep, has a name twice or one that objects
 * treat specially, text that no database keeps faithfully, or numbers that would be rounded; each with its pointer
 */
export function parseJson(text: string): unknown {
  const json = text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
  const scanner = new JsonScanner(json);
  const isWhole = scanner.scan();
  if (scanner.isTooDeep) throw invalidRequest(scanner.faults);
  const value = parse(json);
  if (scanner.faults.length > 0) throw invalidRequest(scanner.faults);
  if (!isWhole) throw new Error('JSON was not looked through to its end');
  return value;
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw invalidRequest([{ pointer: '', detail: `is not JSON: ${reason}` }]);
  }
}
