// The handlers that explain the service.

import { problemTable } from '../../../contract/problem-table.ts';
import { notFound } from '../../problem.ts';
import type { HandlersOf } from '../endpoints.ts';

export function documentationHandlers(): HandlersOf<'documentation'> {
  return {
    // What makes the document is large, and is loaded only where somebody wants it.
    openapi: async () => ({ status: 200, body: (await import('../openapi.ts')).openApiDocument() }),

    problem: async ({ params: { code } }) => {
      if (!isProblemCode(code)) throw notFound(`There is no problem '${code}'`);
      const { status, title, meaning, remedy } = problemTable[code];
      return { status: 200, body: { code, status, title, meaning, remedy } };
    },
  };
}

function isProblemCode(code: string): code is keyof typeof problemTable {
  return Object.hasOwn(problemTable, code);
}
