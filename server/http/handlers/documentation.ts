// The handlers that explain the service, to programs and to people.

import { type ProblemCode, problemCodes, problemTable } from '../../../contract/problem-table.ts';
import { notFound } from '../../domain/problem.ts';
import { JsonText } from '../../shared/json-text.ts';
import { prefersHtml } from '../problems/accept.ts';
import { pagePolicy, problemPage } from '../problems/problem-pages.ts';
import type { ServiceRequest, ServiceResponse } from '../request/request.ts';
import type { Handlers } from '../routing/handler-types.ts';

export function documentationHandlers(): Handlers<'documentation'> {
  return {
    // What makes the document is large, and is loaded only where somebody wants it.
    openapi: async () => ({ status: 200, body: (await import('../docs/openapi.ts')).openApiDocument() }),

    problems: async ({ req, res }) => {
      const data = problemCodes.map(explainProblem);
      return { status: 200, body: isPageWanted(req, res) ? new JsonText(problemPage()) : { data } };
    },

    problem: async ({ params: { code }, req, res }) => {
      if (!isProblemCode(code)) throw notFound(`There is no problem '${code}'`);
      return { status: 200, body: isPageWanted(req, res) ? new JsonText(problemPage(code)) : explainProblem(code) };
    },
  };
}

function isProblemCode(code: string): code is ProblemCode {
  return Object.hasOwn(problemTable, code);
}

function explainProblem(code: ProblemCode) {
  const { status, title, meaning, remedy } = problemTable[code];
  return { code, status, title, meaning, remedy };
}

/** Whether to answer with a page, which then goes out as it is written. */
function isPageWanted({ headers }: ServiceRequest, response: ServiceResponse): boolean {
  response.appendHeader('Vary', 'Accept');
  if (!prefersHtml(headers.accept)) return false;
  response.setHeader('Content-Type', 'text/html; charset=utf-8');
  response.setHeader('Content-Security-Policy', pagePolicy);
  return true;
}
