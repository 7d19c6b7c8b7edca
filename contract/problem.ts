// The body of every answer that is not a success: RFC 9457, one schema a code, made from the table.

import { z } from 'zod';
import { pascalCase } from './pascal-case.ts';
import { type ProblemCode, problemCodes, problemTable } from './problem-table.ts';

/** The name of the component that describes the problems of a code. */
export function problemSchemaName(code: ProblemCode): string {
  return `${pascalCase(code)}Problem`;
}

function problemSchema<const Code extends ProblemCode>(code: Code) {
  const { status, title, meaning, members } = problemTable[code];
  return z
    .object({
      type: z.literal(`/problems/${code}`),
      title: z.literal(title),
      status: z.literal(status),
      detail: z.string().meta({ description: 'What happened this time, for a person' }),
      instance: z.string().meta({ description: 'The path that was asked for; empty where it could not be read' }),
      code: z.literal(code),
      requestId: z
        .string()
        .meta({ description: 'Stands in the log too. Of a refusal that is replayed: that of the first time' }),
      ...(members as (typeof problemTable)[Code]['members']),
    })
    .meta({ title: problemSchemaName(code), description: meaning });
}

const problemSchemas = Object.fromEntries(problemCodes.map((code) => [code, problemSchema(code)])) as {
  [Code in ProblemCode]: ReturnType<typeof problemSchema<Code>>;
};

/** A problem as it stands on the wire, of one code or of any. Narrow it by `code`. */
export type Problem<Code extends ProblemCode = ProblemCode> = {
  [C in Code]: z.infer<(typeof problemSchemas)[C]>;
}[Code];

type StatusOf<Code extends ProblemCode> = (typeof problemTable)[Code]['status'];
type CodesOf<Status extends number> = { [C in ProblemCode]: StatusOf<C> extends Status ? C : never }[ProblemCode];

/** What a route answers with, by status, for these problem codes. */
type ProblemResponses<Code extends ProblemCode> = {
  [Status in StatusOf<Code>]: z.ZodType<Problem<Extract<Code, CodesOf<Status>>>>;
};

/** The problem responses of a route: one schema a status, a union where several codes share one. */
export function problemResponses<Code extends ProblemCode>(...codes: Code[]): ProblemResponses<Code> {
  const byStatus = Map.groupBy(codes, (code) => problemTable[code].status);
  const responses = [...byStatus].map(([status, group]) => {
    const [first, ...others] = group.map((code) => problemSchemas[code]);
    if (!first) throw new Error('a group is never empty');
    return [status, others.length === 0 ? first : z.discriminatedUnion('code', [first, ...others])];
  });
  return Object.fromEntries(responses) as ProblemResponses<Code>;
}

/** Any problem: what middleware may answer before a route is known. */
export const anyProblem = z.discriminatedUnion(
  'code',
  Object.values(problemSchemas) as unknown as [z.ZodObject, ...z.ZodObject[]],
);

export type { ProblemCode } from './problem-table.ts';
