// The OpenAPI 3.1 document, made from the contract. Requests are closed, as they are judged; responses are open: new
// fields and new values of enumerations may come, and a client made from the document must let them through.

import type { AppRoute } from '@ts-rest/core';
import { generateOpenApi } from '@ts-rest/open-api';
import { z } from 'zod';
import { contract } from '../../contract/index.ts';
import { problemTable } from '../../contract/problem-table.ts';
import type { RouteMetadata } from '../../contract/route.ts';
import { scopes } from '../../contract/scopes.ts';
import packageJson from '../../package.json' with { type: 'json' };

type Json = Record<string, unknown>;

/** The document that `/openapi.json` answers. Made once. */
export function openApiDocument(): Json & { openapi: string } {
  document ??= makeDocument();
  return document;
}

let document: (Json & { openapi: string }) | undefined;

const description = `Orders are created by clients, validated by rules and approved by people:
\`CREATED → VALIDATED → APPROVED\`, \`CREATED/VALIDATED → REJECTED\`, and nothing else.

Money is an integer in minor units of the currency. Times are RFC 3339 in UTC. Errors are problems (RFC 9457) with a
stable \`code\`. Answers may get new fields and new values of enumerations: let them through.`;

function makeDocument(): Json & { openapi: string } {
  const components = new Map<string, Json>();
  const paths = generateOpenApi(
    contract,
    { info: { title: 'Order workflow service', version: packageJson.version, description, license: { name: 'MIT' } } },
    {
      setOperationId: 'concatenated-path',
      schemaTransformer: ({ schema, type }) => jsonSchemaOf(schema, type === 'response', components) as never,
      operationMapper: (operation, route) => completeOperation(operation as Json, route) as never,
    },
  );
  return {
    ...paths,
    openapi: '3.1.0',
    tags: ['Orders', 'Validations', 'Policy', 'Operations', 'Documentation'].map((name) => ({ name })),
    components: { schemas: Object.fromEntries([...components].sort(([a], [b]) => a.localeCompare(b))) },
  };
}

/** JSON Schema 2020-12 of a zod schema. Titled schemas become components. */
function jsonSchemaOf(schema: unknown, isResponse: boolean, components: Map<string, Json>): Json | null {
  if (!(schema instanceof z.ZodType)) return null;
  const converted = z.toJSONSchema(schema, {
    io: isResponse ? 'output' : 'input',
    reused: 'inline',
    unrepresentable: 'any',
    override: ({ jsonSchema }) => {
      if (jsonSchema.format === 'date-time') delete jsonSchema.pattern;
      if (isResponse) openUp(jsonSchema);
    },
  });
  const { $schema: _, ...plain } = converted;
  return named(plain, components) as Json;
}

/** Takes out of a response schema what would refuse a field or value that comes later. */
function openUp(schema: z.core.JSONSchema.BaseSchema): void {
  if (schema.additionalProperties === false) delete schema.additionalProperties;
  if (schema.enum) {
    schema['x-extensible-enum'] = schema.enum;
    schema.examples ??= schema.enum;
    delete schema.enum;
  }
}

/** Moves every titled schema into the components and leaves a reference in its place. */
function named(value: unknown, components: Map<string, Json>): unknown {
  if (Array.isArray(value)) return value.map((entry) => named(entry, components));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, entry]) => [key, isData(key) ? entry : named(entry, components)]);
  const { example, ...schema } = Object.fromEntries(entries) as Json;
  const complete = example === undefined ? schema : { ...schema, examples: [example] };
  if (typeof complete.title !== 'string' || (complete.type === undefined && !('oneOf' in complete))) return complete;
  components.set(complete.title, complete);
  return { $ref: `#/components/schemas/${complete.title}` };
}

/** Members of a schema whose values are data and no schemas. */
function isData(key: string): boolean {
  return ['example', 'examples', 'default', 'enum', 'const', 'required'].includes(key);
}

function completeOperation(operation: Json, route: AppRoute): Json {
  const { tag, scope } = route.metadata as RouteMetadata;
  return {
    ...operation,
    tags: [tag],
    'x-required-scope': scope === null ? undefined : { name: scope, description: scopes[scope] },
    parameters: parametersOf(operation),
    responses: responsesOf(operation, route),
  };
}

/** Lists in a query are separated by commas. */
function parametersOf({ parameters = [] }: { parameters?: Json[] }): Json[] {
  return parameters.map((parameter) =>
    (parameter.schema as Json).type === 'array' ? { ...parameter, style: 'form', explode: false } : parameter,
  );
}

/** Problems have a media type of their own, and say which codes a status can mean. */
function responsesOf({ responses }: { responses?: unknown }, route: AppRoute): Json {
  const entries = Object.entries(responses as Record<string, Json>).map(([status, response]) => {
    const schema = ((response.content as Json)?.['application/json'] as Json)?.schema;
    if (!isProblemSchema(schema)) return [status, { ...response, description: successText(route, status) }];
    const codes = codesIn(schema as Json);
    const content = { 'application/problem+json': { schema, examples: problemExamples(codes) } };
    return [status, { ...response, description: codes.map((code) => problemTable[code].title).join('; '), content }];
  });
  return Object.fromEntries(entries);
}

function successText(route: AppRoute, status: string): string {
  return status === '201' ? 'Created' : status === '202' ? 'Accepted' : (route.summary ?? 'Success');
}

function isProblemSchema(schema: unknown): boolean {
  return JSON.stringify(schema ?? '').includes('Problem"}');
}

/** The codes of the problem components that a schema refers to. */
function codesIn(schema: Json): (keyof typeof problemTable)[] {
  const titles = new Set([...JSON.stringify(schema).matchAll(/schemas\/(\w+)Problem"/g)].map((match) => match[1]));
  const codes = Object.keys(problemTable) as (keyof typeof problemTable)[];
  return codes.filter((code) => titles.has(code.replace(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase())));
}

function problemExamples(codes: (keyof typeof problemTable)[]): Json {
  const examples = codes.map((code) => {
    const { status, title, meaning } = problemTable[code];
    const value = {
      type: `/problems/${code}`,
      title,
      status,
      detail: meaning,
      instance: '/orders',
      code,
      requestId: '…',
    };
    return [code, { summary: title, value }];
  });
  return Object.fromEntries(examples);
}
