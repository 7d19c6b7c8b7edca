// The handlers that explain the service.

import { problemTable } from '../../../contract/problem-table.ts';
import { notFound } from '../../problem.ts';
import type { HandlersOf } from '../endpoints.ts';
import { openApiDocument } from '../openapi.ts';

export function documentationHandlers(): HandlersOf<'documentation'> {
  return {
    openapi: async () => ({ status: 200, body: openApiDocument() }),

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
