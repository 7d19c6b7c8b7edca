// Generates the OpenAPI 3.1 document from the contract. Request schemas are closed, because unknown members are
// rejected. Response schemas are open: generated clients must accept fields and enumeration values that are added
// later.

import { STATUS_CODES } from 'node:http';
import type { AppRoute } from '@ts-rest/core';
import { generateOpenApi } from '@ts-rest/open-api';
import { z } from 'zod';
import { contract } from '../../../contract/index.ts';
import { problemSchemaName } from '../../../contract/problems/problem.ts';
import { type ProblemCode, problemCodes, problemTable } from '../../../contract/problems/problem-table.ts';
import { type RouteMetadata, tags } from '../../../contract/routes/route.ts';
import { scopes } from '../../../contract/scopes.ts';
import packageJson from '../../../package.json' with { type: 'json' };
import { createExampleProblem } from '../problems/render-problem.ts';
import { describeWebhooks } from './openapi-webhooks.ts';

type Json = Record<string, unknown>;

/** Returns the document of `/openapi.json`. It is generated on the first call. */
export function getOpenApiDocument(): Json & { openapi: string } {
  document ??= generateDocument();
  return document;
}

let document: (Json & { openapi: string }) | undefined;

const description = `Manages the workflow of orders. Clients create orders, rules validate them in the background, and
people approve them: \`CREATED → VALIDATED → APPROVED\`. In \`CREATED\` and \`VALIDATED\`, an order can be rejected
instead, by its rules or by people: \`REJECTED\`.

- **Money** is an integer in the minor unit of the currency.
- **Times** are RFC 3339 timestamps in UTC.
- **Errors** are problem details (RFC 9457) with a stable \`code\`. \`GET /problems\` lists all codes.
- **Compatibility:** responses may get new fields and new enumeration values. Clients must ignore what they do not know.
- **Authentication:** requests carry a bearer token with the scopes of the operation, unless the service runs without
  authentication.`;

const scopeList = Object.entries(scopes).map(([name, meaning]) => `- \`${name}\`: ${meaning}`);

const securitySchemes = {
  bearerAuth: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description: `A signed JSON Web Token that contains the permitted scopes:\n\n${scopeList.join('\n')}`,
  },
};

function generateDocument(): Json & { openapi: string } {
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

/** Converts a zod schema to JSON Schema 2020-12. Schemas with a title become components. Null for any other value. */
function toJsonSchema(schema: unknown, isResponse: boolean, components: Map<string, Json>): Json | null {
  if (!(schema instanceof z.ZodType)) return null;
  const converted = z.toJSONSchema(schema, {
    io: isResponse ? 'output' : 'input',
    reused: 'inline',
    unrepresentable: 'any',
    override: ({ jsonSchema }) => {
      if (jsonSchema.format === 'date-time') delete jsonSchema.pattern;
      if (isResponse) relaxSchema(jsonSchema);
    },
  });
  const { $schema: _, ...plain } = converted;
  return extractComponents(plain, components) as Json;
}

/** Removes constraints of a response schema that would reject fields and enumeration values added later. */
function relaxSchema(schema: z.core.JSONSchema.BaseSchema): void {
  if (schema.additionalProperties === false) delete schema.additionalProperties;
  if (schema.enum) {
    schema['x-extensible-enum'] = schema.enum;
    schema.examples ??= schema.enum;
    delete schema.enum;
  }
}

/** Moves every schema with a title to the components and replaces it by a reference. */
function extractComponents(value: unknown, components: Map<string, Json>): unknown {
  if (Array.isArray(value)) return value.map((entry) => extractComponents(entry, components));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, entry]) => [
    key,
    isDataKeyword(key) ? entry : extractComponents(entry, components),
  ]);
  const { example, ...schema } = Object.fromEntries(entries) as Json;
  const complete = example === undefined ? schema : { ...schema, examples: [example] };
  if (typeof complete.title !== 'string' || (complete.type === undefined && !('oneOf' in complete))) return complete;
  components.set(complete.title, complete);
  return { $ref: `#/components/schemas/${complete.title}` };
}

/** Whether the value of a schema keyword is data and contains no schemas. */
function isDataKeyword(key: string): boolean {
  return ['example', 'examples', 'default', 'enum', 'const', 'required'].includes(key);
}

function completeOperation(operation: Json, route: AppRoute): Json {
  const { tag, scopes } = route.metadata as RouteMetadata;
  return {
    ...operation,
    tags: [tag],
    // The list may name required roles for schemes other than OAuth 2.0, too (OpenAPI 3.1.0, section 4.8.30).
    security: scopes === null ? [] : [{ bearerAuth: scopes }],
    parameters: toParameters(operation),
    responses: toResponses(operation),
  };
}

/** Lists in a query are comma-separated. */
function toParameters({ parameters = [] }: { parameters?: Json[] }): Json[] {
  return parameters.map((parameter) =>
    (parameter.schema as Json).type === 'array' ? { ...parameter, style: 'form', explode: false } : parameter,
  );
}

/** Describes each response. Responses with problems get their media type, and an example of each problem code. */
function toResponses({ responses }: { responses?: unknown }): Json {
  const entries = Object.entries(responses as Record<string, Json>).map(([status, response]) => {
    const schema = ((response.content as Json | undefined)?.['application/json'] as Json | undefined)?.schema;
    const codes = findProblemCodes(schema);
    if (codes.length === 0) return [status, { ...response, description: STATUS_CODES[status] }];
    const content = { 'application/problem+json': { schema, examples: createProblemExamples(codes) } };
    return [status, { ...response, description: codes.map((code) => problemTable[code].title).join('; '), content }];
  });
  return Object.fromEntries(entries);
}

/** Returns the codes of the problem components that a schema refers to. */
function findProblemCodes(schema: unknown): ProblemCode[] {
  const text = JSON.stringify(schema ?? null);
  return problemCodes.filter((code) => text.includes(`schemas/${problemSchemaName(code)}"`));
}

function createProblemExamples(codes: ProblemCode[]): Json {
  const examples = codes.map((code) => [
    code,
    { summary: problemTable[code].title, value: createExampleProblem(code) },
  ]);
  return Object.fromEntries(examples);
}
