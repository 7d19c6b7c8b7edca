// Handlers for the OpenAPI document and the descriptions of problems.

import { type ProblemCode, problemCodes, problemTable } from '../../../contract/problems/problem-table.ts';
import { createNotFoundProblem } from '../../domain/problem.ts';
import type { RenderedDocument } from '../docs/openapi/rendered-document.ts';
import { matchesIfNoneMatch } from '../request/entity-tag.ts';
import type { Handlers } from '../routing/handler-types.ts';

/** Creates the handlers of the `documentation` routes of the contract. */
export function createDocumentationHandlers(): Handlers<'documentation'> {
  let document: Promise<RenderedDocument> | undefined;
  return {
    // Loaded on first use: the generator and its dependencies take memory that most processes never need.
    openapi: async ({ req, res }) => {
      const { chooseRepresentation, renderDocument } = await import('../docs/openapi/rendered-document.ts');
      document ??= renderDocument(req.basePath || '/');
      const { tag, body } = chooseRepresentation(await document, req.headers['accept-encoding']);
      res.setHeader('ETag', tag);
      res.appendHeader('Vary', 'Accept-Encoding');
      // The document does not depend on the caller, so that clients may store it even if they authenticate.
      res.setHeader('Cache-Control', 'no-cache');
      return matchesIfNoneMatch(req, tag) ? { status: 304, body: undefined } : { status: 200, body };
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
