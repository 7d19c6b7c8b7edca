// Reads JSON (RFC 8259) so that nothing of it gets lost.

import { invalidRequest } from '../problem.ts';

/**
 * The value of a JSON text.
 * @throws ProblemError `invalid-request`
 */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw invalidRequest([{ pointer: '', detail: `is not JSON: ${reason}` }]);
  }
}
