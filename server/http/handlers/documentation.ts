// Handlers for the OpenAPI document and the descriptions of problems.

import { type ProblemCode, problemCodes, problemTable } from '../../../contract/problems/problem-table.ts';
import { createNotFoundProblem } from '../../domain/problem.ts';
import type { OpenApiDocument } from '../docs/openapi/document.ts';
import type { Handlers } from '../routing/handler-types.ts';

/** Creates the handlers of the `documentation` routes of the contract. */
export function createDocumentationHandlers(): Handlers<'documentation'> {
  let document: OpenApiDocument | undefined;
  return {
    // Loaded on first use: the generator and its dependencies take memory that most processes never need.
    openapi: async ({ req }) => {
      const { generateDocument } = await import('../docs/openapi/document.ts');
      document ??= generateDocument(undefined, req.basePath || '/');
      return { status: 200, body: document };
    },

    problems: async () => ({ status: 200, body: { data: problemCodes.map(describeProblem) } }),

    problem: async ({ params: { code } }) => {
      if (!isProblemCode(code)) throw createNotFoundProblem(`Problem '${code}' does not exist`);
      return { status: 200, body: describeProblem(code) };
    },
  };
}

function isProblemCode(code: string): code is ProblemCode {
  return Object.hasOwn(problemTable, code);
}

function describeProblem(code: ProblemCode) {
  const { status, title, meaning, remedy } = problemTable[code];
  return { code, status, title, meaning, remedy };
}
