// Generates the OpenAPI 3.1 document from the contract.

import { type AppRoute, type AppRouter, isAppRoute } from '@ts-rest/core';
import { contract } from '../../../../contract/index.ts';
import { problemResponses } from '../../../../contract/problems/problem.ts';
import { tags } from '../../../../contract/routes/route.ts';
import { scopes } from '../../../../contract/scopes.ts';
import packageJson from '../../../../package.json' with { type: 'json' };
import { describeHeaders } from './headers.ts';
import type { Json } from './json-schema.ts';
import { describeOperation, type SharedParts } from './operations.ts';
import { shareParameters } from './parameters.ts';
import { describeProblemExamples, ProblemResponses } from './problems.ts';
import { SchemaComponents } from './schema-components.ts';
import { describeWebhooks } from './webhooks.ts';

const description = `Manages the workflow of orders. Clients create orders, rules validate them in the background, and
people approve them: \`CREATED → VALIDATED → APPROVED\`. In \`CREATED\` and \`VALIDATED\`, an order can be rejected
instead, by its rules or by people: \`REJECTED\`.

- **Money** is an integer in the minor unit of the currency.
- **Times** are RFC 3339 timestamps in UTC.
- **Text** must not contain NUL or lone surrogates.
- **Lists in a query** are repeated parameters or one parameter with commas: \`status=CREATED&status=VALIDATED\` equals
  \`status=CREATED,VALIDATED\`. Empty, unknown and repeated values are rejected.
- **Errors** are problem details (RFC 9457) with a stable \`code\`. \`GET /problems\` lists all codes. A path that does
  not support a method returns 405 with \`Allow\`, as in \`#/components/responses/MethodNotAllowed\`.
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

const repositoryUrl = packageJson.repository.url.replace(/^git\+/, '').replace(/\.git$/, '');

const info = {
  title: 'Order workflow service',
  version: packageJson.version,
  description,
  contact: { name: 'Maintainers', url: `${repositoryUrl}/issues` },
  license: { name: 'MIT', identifier: 'MIT' },
};

/** The OpenAPI document. */
export type OpenApiDocument = Json & { openapi: string };

/**
 * Generates the document of a contract.
 * @param serverUrl the URL of the service, relative to the document
 */
export function generateDocument(router: AppRouter = contract, serverUrl = '/'): OpenApiDocument {
  const parts = { schemas: new SchemaComponents(), problems: new ProblemResponses() };
  const paths = describePaths(router, parts);
  const webhooks = describeWebhooks(parts.schemas);
  const parameters = shareParameters([
    ...Object.values(paths).flatMap(Object.values<Json>),
    ...Object.values(webhooks),
  ]);
  // No operation has this response, because it is the response to methods that are not operations.
  const methodNotAllowed = problemResponses('method-not-allowed')[405];
  const otherMethods = parts.problems.refer(parts.schemas.convert(methodNotAllowed, 'response'));
  return {
    openapi: '3.1.0',
    info,
    servers: [{ url: serverUrl, description: 'This service' }],
    tags: Object.entries(tags).map(([name, meaning]) => ({ name, description: meaning })),
    paths,
    'x-other-methods': otherMethods,
    webhooks: Object.fromEntries(Object.entries(webhooks).map(([name, post]) => [name, { post }])),
    components: {
      schemas: parts.schemas.list(),
      responses: parts.problems.list(),
      parameters,
      examples: describeProblemExamples(),
      headers: describeHeaders(),
      securitySchemes,
    },
  };
}

/** Returns the operations by path and method. The id of an operation is its place in the contract. */
function describePaths(router: AppRouter, parts: SharedParts): Record<string, Record<string, Json>> {
  const paths: Record<string, Record<string, Json>> = {};
  for (const [id, route] of listOperations(router)) {
    const path = route.path.replace(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: describeOperation(id, route, parts) };
  }
  return paths;
}

function listOperations(router: AppRouter, prefix = ''): [id: string, route: AppRoute][] {
  return Object.entries(router).flatMap(([name, entry]) =>
    isAppRoute(entry) ? [[`${prefix}${name}`, entry]] : listOperations(entry, `${prefix}${name}.`),
  );
}
