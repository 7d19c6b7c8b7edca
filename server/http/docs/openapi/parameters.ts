// The parameters of operations in the OpenAPI document.

import { type AppRoute, isAppRouteNoBody } from '@ts-rest/core';
import { z } from 'zod';
import { toPascalCase } from '../../../../contract/schemas/pascal-case.ts';
import { revalidationHeaders } from '../../../../contract/schemas/preconditions.ts';
import type { Json } from './json-schema.ts';
import { type SchemaComponents, sortMembers } from './schema-components.ts';

type Place = 'path' | 'query' | 'header';

/** Returns the parameters of a route: of the path, the headers and the query. */
export function describeParameters(route: AppRoute, schemas: SchemaComponents): Json[] {
  const { pathParams, headers, query, responses } = route;
  const { 304: notModified } = responses;
  const isConditional = notModified !== undefined && isAppRouteNoBody(notModified);
  return [
    ...describePart('path', pathParams, schemas),
    ...describePart('header', headers, schemas),
    ...(isConditional ? describePart('header', revalidationHeaders, schemas) : []),
    ...describePart('query', query, schemas),
  ];
}

/** Returns a parameter for each member of an object schema. */
function describePart(place: Place, part: unknown, schemas: SchemaComponents): Json[] {
  if (!(part instanceof z.ZodType)) return [];
  const { properties = {}, required = [] } = schemas.convert(part, 'parameters') as {
    properties?: Record<string, Json>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, { description, examples, ...schema }]) => ({
    name: place === 'header' ? toHeaderName(name) : name,
    in: place,
    description,
    ...(required.includes(name) && { required: true }),
    // A list can also be separated by commas. A parameter has one style only: the one that most generators send.
    ...(schema.type === 'array' && { style: 'form', explode: true }),
    schema,
    ...(Array.isArray(examples) && { example: examples[0] }),
  }));
}

/** Converts `last-event-id` to `Last-Event-ID`, as the HTML standard writes it. */
function toHeaderName(name: string): string {
  return name.replace(/(?:^|-)\w/g, (letter) => letter.toUpperCase()).replace(/-Id$/, '-ID');
}

/**
 * Replaces the parameters that several operations have by references.
 * @returns these parameters as components by name
 */
export function shareParameters(operations: readonly Json[]): Record<string, Json> {
  const lists = operations.map(({ parameters = [] }) => parameters as Json[]);
  const uses = Map.groupBy(lists.flat(), (parameter) => JSON.stringify(parameter));
  const shared = new Map<string, Json>();
  for (const [parameter, ...others] of uses.values()) {
    if (!parameter || others.length === 0) continue;
    const name = `${toPascalCase(`${parameter.name}-${parameter.in}`)}`;
    if (shared.has(name)) throw new Error(`two shared parameters have the name ${name}`);
    shared.set(name, parameter);
  }
  const names = new Map([...shared].map(([name, parameter]) => [JSON.stringify(parameter), name]));
  for (const list of lists) {
    for (const [index, parameter] of list.entries()) {
      const name = names.get(JSON.stringify(parameter));
      if (name !== undefined) list[index] = { $ref: `#/components/parameters/${name}` };
    }
  }
  return sortMembers(shared);
}
