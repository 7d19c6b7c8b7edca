// The responses with problems in the OpenAPI document. Routes with the same problems share one response.

import { problemSchemaName } from '../../../../contract/problems/problem.ts';
import { type ProblemCode, problemCodes, problemTable } from '../../../../contract/problems/problem-table.ts';
import { toPascalCase } from '../../../../contract/schemas/pascal-case.ts';
import { createExampleProblem } from '../../problems/render-problem.ts';
import { referToProblemHeaders } from './headers.ts';
import type { Json } from './json-schema.ts';
import { sortMembers } from './schema-components.ts';

/** Collects the responses with problems that operations refer to. */
export class ProblemResponses {
  readonly #responses = new Map<string, Json>();

  /** Returns a reference to the response with this body; undefined if the body is no problem. */
  refer(body: Json): Json | undefined {
    const codes = findProblemCodes(body);
    if (codes.length === 0) return undefined;
    const name = codes.map(toPascalCase).join('Or');
    this.#responses.set(name, describeResponse(codes, body));
    return { $ref: `#/components/responses/${name}` };
  }

  /** The responses by name, sorted. */
  list(): Record<string, Json> {
    return sortMembers(this.#responses);
  }
}

/** Returns an example of each problem, by code. */
export function describeProblemExamples(): Json {
  const examples = problemCodes.map((code) => [code, { value: createExampleProblem(code) }]);
  return Object.fromEntries(examples);
}

function describeResponse(codes: readonly ProblemCode[], schema: Json): Json {
  const examples = codes.map((code) => [code, { $ref: `#/components/examples/${code}` }]);
  return {
    description: codes.map((code) => problemTable[code].title).join('; '),
    headers: referToProblemHeaders(codes),
    content: { 'application/problem+json': { schema, examples: Object.fromEntries(examples) } },
  };
}

/** Returns the codes of the problem components that a schema refers to, in the order of the table. */
function findProblemCodes(schema: Json): ProblemCode[] {
  const text = JSON.stringify(schema);
  return problemCodes.filter((code) => text.includes(`schemas/${problemSchemaName(code)}"`));
}
