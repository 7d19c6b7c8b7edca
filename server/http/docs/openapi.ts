// The OpenAPI 3.1 document, made from the contract. Requests are closed, as they are judged; responses are open: new
// fields and new values of enumerations may come, and a client made from the document must let them through.

import { STATUS_CODES } from 'node:http';
import type { AppRoute } from '@ts-rest/core';
import { generateOpenApi } from '@ts-rest/open-api';
import { z } from 'zod';
import { contract } from '../../../contract/index.ts';
import { problemSchemaName } from '../../../contract/problem.ts';
import { type ProblemCode, problemCodes, problemTable } from '../../../contract/problem-table.ts';
import { type RouteMetadata, tags } from '../../../contract/route.ts';
import { scopes } from '../../../contract/scopes.ts';
import packageJson from '../../../package.json' with { type: 'json' };
import { exampleProblem } from '../problems/render-problem.ts';
import { describeWebhooks } from './openapi-webhooks.ts';

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
stable \`code\`. Answers may get new fields and new values of enumerations: let them through.

Requests bear a token, except to a service that runs without authentication: that one needs none.`;

const scopeList = Object.entries(scopes).map(([name, meaning]) => `- \`${name}\`: ${meaning}`);

const securitySchemes = {
  bearerAuth: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description: `A signed JSON Web Token, whose \`scope\` claim says what it allows:\n\n${scopeList.join('\n')}`,
  },
};

function makeDocument(): Json & { openapi: string } {
  const components = new Map<string, Json>();
  const paths = generateOpenApi(
    contract,
    { info: { title: 'Order workflow service', version: packageJson.version, description, license: { name: 'MIT' } } },
    {
      setOperationId: 'concatenated-path',
      schemaTransformer: ({ schema, type }) => toJsonSchema(schema, type === 'response', components) as never,
      operationMapper: (operation, route) => completeOperation(operation as Json, route) as never,
    },
  );
  const webhooks = describeWebhooks((payload) => toJsonSchema(payload, true, components));
  return {
    ...paths,
    openapi: '3.1.0',
    tags: tags.map((name) => ({ name })),
    webhooks,
    components: {
      schemas: Object.fromEntries([...components].sort(([a], [b]) => a.localeCompare(b))),
      securitySchemes,
    },
  };
}

/** JSON Schema 2020-12 of a zod schema. Titled schemas become components. */
function toJsonSchema(schema: unknown, isResponse: boolean, components: Map<string, Json>): Json | null {
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
  return extractComponents(plain, components) as Json;
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
function extractComponents(value: unknown, components: Map<string, Json>): unknown {
  if (Array.isArray(value)) return value.map((entry) => extractComponents(entry, components));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, entry]) => [
    key,
    isData(key) ? entry : extractComponents(entry, components),
  ]);
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
  const { tag, scopes } = route.metadata as RouteMetadata;
  return {
    ...operation,
    tags: [tag],
    // For schemes other than OAuth too, the list names what a caller needs (OpenAPI 3.1, section 4.8.30).
    security: scopes === null ? [] : [{ bearerAuth: scopes }],
    parameters: toParameters(operation),
    responses: toResponses(operation),
  };
}

/** Lists in a query are separated by commas. */
function toParameters({ parameters = [] }: { parameters?: Json[] }): Json[] {
  return parameters.map((parameter) =>
    (parameter.schema as Json).type === 'array' ? { ...parameter, style: 'form', explode: false } : parameter,
  );
}

/** Problems have a media type of their own, and say which codes a status can mean. */
function toResponses({ responses }: { responses?: unknown }): Json {
  const entries = Object.entries(responses as Record<string, Json>).map(([status, response]) => {
    const schema = ((response.content as Json | undefined)?.['application/json'] as Json | undefined)?.schema;
    const codes = findProblemCodes(schema);
    if (codes.length === 0) return [status, { ...response, description: STATUS_CODES[status] }];
    const content = { 'application/problem+json': { schema, examples: problemExamples(codes) } };
    return [status, { ...response, description: codes.map((code) => problemTable[code].title).join('; '), content }];
  });
  return Object.fromEntries(entries);
}

/** The codes of the problem components that a schema refers to. */
function findProblemCodes(schema: unknown): ProblemCode[] {
  const text = JSON.stringify(schema ?? null);
  return problemCodes.filter((code) => text.includes(`schemas/${problemSchemaName(code)}"`));
}

function problemExamples(codes: ProblemCode[]): Json {
  const examples = codes.map((code) => [code, { summary: problemTable[code].title, value: exampleProblem(code) }]);
  return Object.fromEntries(examples);
}
