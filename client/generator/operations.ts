// Writes the type of each operation of the SDK: a method with its documentation.

import type { AppRoute } from '@ts-rest/core';
import type { z } from 'zod';
import { formatDocComment, toSentence } from './doc-comment.ts';
import { toJsonSchema } from './json-schema.ts';
import {
  acceptsHeader,
  findBody,
  findScopes,
  findStreamMessage,
  listCodes,
  listResults,
  type NamedRoute,
  toRoute,
} from './routes.ts';
import type { TypeWriter } from './type-writer.ts';

/** Returns an interface per group of the contract, and one with all groups. */
export function writeOperations(routes: readonly NamedRoute[], types: TypeWriter): string[] {
  const groups = [...new Set(routes.map(({ group }) => group))];
  const interfaces = groups.map((group) => {
    const methods = routes.filter((route) => route.group === group).map((route) => writeMethod(route, types));
    const comment = formatDocComment([`The operations of \`client.${group}\`.`], '');
    return `${comment}export interface ${toPascal(group)}Operations {\n${methods.join('\n')}}`;
  });
  const members = groups.map((group) => `  readonly ${group}: ${toPascal(group)}Operations;\n`);
  const comment = formatDocComment(['All operations of the contract, grouped by resource.'], '');
  return [...interfaces, `${comment}export interface Operations {\n${members.join('')}}`];
}

function writeMethod({ group, operation, route }: NamedRoute, types: TypeWriter): string {
  const { type, isRequired } = writeInput({ group, operation, route }, types);
  const input = `input${isRequired ? '' : '?'}: ${type}`;
  const result = writeResult(route, types);
  const options = findOptions(route);
  const comment = formatDocComment(describe(route), '  ');
  const method = `${comment}  ${operation}(${input}, options?: ${options}): ${result};\n`;
  if (!toRoute(route).values?.includes(304)) return method;
  const conditional = result.replace(/>$/, ' | undefined>');
  const givenInput = `input: ${type}${isRequired ? '' : ' | undefined'}`;
  return `${comment}  ${operation}(${givenInput}, options: RevalidationOptions): ${conditional};\n${method}`;
}

function describe(route: AppRoute): string[] {
  const scopes = findScopes(route);
  const names = scopes?.map((scope) => `\`${scope}\``).join(' and ');
  const access = scopes === null ? 'Requires no token' : names === '' ? 'Requires a token' : `Requires ${names}`;
  const codes = listCodes(route).map((code) => `\`${code}\``);
  return [
    toSentence(route.summary ?? ''),
    route.description ?? '',
    `\`${route.method} ${route.path}\`. ${access}.`,
    `@throws {ProblemError} with the code ${codes.join(', ')}`,
    '@throws {ConnectionError} if no response is received',
    '@throws {UnexpectedResponseError} if the response is not one of this service',
  ];
}

function writeInput(named: NamedRoute, types: TypeWriter): { type: string; isRequired: boolean } {
  const { group, operation, route } = named;
  const isGet = route.method === 'GET';
  const parts = [route.pathParams, isGet ? route.query : undefined, findBody(route)?.schema] as (
    | z.ZodType
    | undefined
  )[];
  const schemas = parts.filter((part) => part !== undefined && countProperties(part) > 0) as z.ZodType[];
  const isRequired = schemas.some((schema) => (toJsonSchema(schema, 'input').required ?? []).length > 0);
  const [only, ...others] = schemas;
  if (!only) return { type: 'Record<string, never>', isRequired };
  const isNamed = toJsonSchema(only, 'input').title !== undefined;
  if (others.length === 0 && isNamed) return { type: types.write(only, 'input'), isRequired };
  const documentation = `The input of \`client.${group}.${operation}\``;
  return {
    type: types.declareInput(`${toPascal(group)}${toPascal(operation)}Input`, schemas, documentation),
    isRequired,
  };
}

function countProperties(schema: z.ZodType): number {
  return Object.keys(toJsonSchema(schema, 'input').properties ?? {}).length;
}

function writeResult(route: AppRoute, types: TypeWriter): string {
  const message = findStreamMessage(route);
  if (message) return `AsyncGenerator<${types.write(message, 'output')}, void, void>`;
  const schemas = listResults(route).filter(({ status }) => status !== 304);
  const results = schemas.map(({ schema }) => (schema ? types.write(schema, 'output') : 'undefined'));
  const result = [...new Set(results)].join(' | ');
  if (!toRoute(route).paging) return `Call<${result}>`;
  return `List<${result}, ${findItemTitle(schemas[0]?.schema)}>`;
}

function findItemTitle(page: z.ZodType | undefined): string {
  const title = page && toJsonSchema(page, 'output').properties?.data?.items?.title;
  if (!title) throw new Error('the entries of a page have no title');
  return title;
}

/** The options of a request depend on the headers that the route accepts. */
function findOptions(route: AppRoute): string {
  if (findStreamMessage(route)) return 'StreamOptions';
  const hasKey = acceptsHeader(route, 'idempotency-key');
  if (route.method === 'POST' && !hasKey) throw new Error(`${route.path} accepts no Idempotency-Key`);
  const isConditional = acceptsHeader(route, 'if-match');
  if (hasKey && isConditional) return 'CommandOptions';
  if (hasKey) return 'IdempotentOptions';
  return isConditional ? 'ConditionalOptions' : 'RequestOptions';
}

function toPascal(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}
