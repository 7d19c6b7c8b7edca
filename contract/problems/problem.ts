// The schemas of error responses (RFC 9457): one per problem code, derived from the problem table.

import { z } from 'zod';
import { toPascalCase } from '../schemas/pascal-case.ts';
import { type ProblemCode, problemCodes, problemTable } from './problem-table.ts';

/** The name of the OpenAPI component with the schema of this code. */
export function problemSchemaName(code: ProblemCode): string {
  return `${toPascalCase(code)}Problem`;
}

/** The members of every problem, besides those whose value follows from its code. */
export const problemBase = z
  .object({
    type: z.string().meta({
      description:
        'The path of the explanation of the problem. It begins with the base path of the service, if there is one.',
    }),
    title: z
      .string()
      .meta({ description: 'A short title for people. It is the same for every problem with this code.' }),
    detail: z.string().meta({ description: 'Explanation of this occurrence for people' }),
    instance: z
      .string()
      .meta({ description: 'The path of the request, or the empty string if it could not be parsed' }),
    requestId: z.string().meta({
      description: 'Id of the request, also in the log. A replayed response has the id of the first request.',
    }),
  })
  .meta({ title: 'ProblemBase', description: 'The members of every problem (RFC 9457)' });

function problemSchema<const Code extends ProblemCode>(code: Code) {
  const { status, title, meaning, members } = problemTable[code];
  const typePath = new RegExp(`^(/[^?#]*)?/problems/${code}$`);
  return z
    .object({
      type: problemBase.shape.type.refine((path) => typePath.test(path), `must end with /problems/${code}`),
      title: problemBase.shape.title.refine((text) => text === title, `must be ${title}`),
      status: z.literal(status),
      detail: problemBase.shape.detail,
      instance: problemBase.shape.instance,
      code: z.literal(code),
      requestId: problemBase.shape.requestId,
      ...(members as (typeof problemTable)[Code]['members']),
    })
    .meta({ title: problemSchemaName(code), description: meaning });
}

const problemSchemas = Object.fromEntries(problemCodes.map((code) => [code, problemSchema(code)])) as {
  [Code in ProblemCode]: ReturnType<typeof problemSchema<Code>>;
};

/** The body of an error response: of one code, or of any. Narrow it by `code`. */
type Problem<Code extends ProblemCode = ProblemCode> = {
  [C in Code]: z.infer<(typeof problemSchemas)[C]>;
}[Code];

type StatusOf<Code extends ProblemCode> = (typeof problemTable)[Code]['status'];
type CodesOf<Status extends number> = { [C in ProblemCode]: StatusOf<C> extends Status ? C : never }[ProblemCode];

/** Status → schema of the problems among `Code` with that status. */
type ProblemResponses<Code extends ProblemCode> = {
  [Status in StatusOf<Code>]: z.ZodType<Problem<Extract<Code, CodesOf<Status>>>>;
};

/** The error responses of a route, by status. Codes that share a status become a union discriminated by `code`. */
export function problemResponses<Code extends ProblemCode>(...codes: Code[]): ProblemResponses<Code> {
  const byStatus = Map.groupBy(codes, (code) => problemTable[code].status);
  const responses = [...byStatus].map(([status, group]) => {
    const [first, ...others] = group.map((code) => problemSchemas[code]);
    if (!first) throw new Error('unreachable: groups are not empty');
    return [status, others.length === 0 ? first : z.discriminatedUnion('code', [first, ...others])];
  });
  return Object.fromEntries(responses) as ProblemResponses<Code>;
}

/** The schema of any problem, for errors that occur before a route is found. */
export const anyProblem = z.discriminatedUnion(
  'code',
  Object.values(problemSchemas) as unknown as [z.ZodObject, ...z.ZodObject[]],
);

export type { ProblemCode } from './problem-table.ts';
