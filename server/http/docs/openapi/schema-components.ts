// Collects the schemas of the contract as components of the OpenAPI document: those with a title, and named
// enumerations.

import { isDeepStrictEqual } from 'node:util';
import type { z } from 'zod';
import { findEnumName, namedEnums } from '../../../../contract/named-enums.ts';
import { BaseSchemas, bases } from './base-schemas.ts';
import { type Json, simplifySchema, toOpenApiSchema, type Use } from './json-schema.ts';

/** Keywords whose values are data and contain no schemas. */
const dataKeywords = new Set([
  'examples',
  'default',
  'enum',
  'const',
  'required',
  'x-extensible-enum',
  'discriminator',
]);

/** Collects the components that other schemas refer to. */
export class SchemaComponents {
  readonly #schemas = new Map<string, Json>();
  readonly #bases = new BaseSchemas();
  readonly #converted = {
    parameters: new Map<z.ZodType, Json>(),
    request: new Map<z.ZodType, Json>(),
    response: new Map<z.ZodType, Json>(),
  };

  constructor() {
    for (const base of bases) this.convert(base, 'response');
  }

  /** Converts a schema, and registers the components in it. */
  convert(schema: z.ZodType, use: Use): Json {
    const converted = this.#converted[use];
    const result = converted.get(schema) ?? (this.#extract(toOpenApiSchema(schema, use)) as Json);
    converted.set(schema, result);
    return result;
  }

  /** The components by name, sorted. */
  list(): Record<string, Json> {
    return sortMembers(this.#schemas);
  }

  /** Replaces every schema that is a component by a reference. */
  #extract(value: unknown): unknown {
    if (Array.isArray(value)) return value.map((entry) => this.#extract(entry));
    if (typeof value !== 'object' || value === null) return value;
    const children = mapMembers(value, (entry, key) => {
      if (key === 'properties') return mapMembers(entry as object, (property) => this.#extract(property));
      return dataKeywords.has(key) ? entry : this.#extract(entry);
    });
    const { title, ...schema } = simplifySchema(addMapping(value, children));
    const values = (schema.enum ?? schema['x-extensible-enum']) as string[] | undefined;
    const enumName = values && findEnumName(values);
    if (enumName !== undefined) return this.#extractEnum(enumName, schema);
    if (typeof title !== 'string' || !(schema.type === 'object' || 'oneOf' in schema)) return schema;
    return this.#register(title, this.#bases.applyBase(title, schema));
  }

  /** Keeps the description and example of the member beside the reference. */
  #extractEnum(name: string, { type, enum: closed, 'x-extensible-enum': open, ...others }: Json): Json {
    const meaning = namedEnums[name]?.meaning;
    const reference = closed
      ? this.#register(`Known${name}`, { description: `${meaning}.`, type, enum: closed })
      : this.#register(name, { description: `${meaning}. Others may be added.`, type, 'x-extensible-enum': open });
    return { ...reference, ...others };
  }

  #register(name: string, schema: Json): Json {
    const existing = this.#schemas.get(name);
    if (existing && !isDeepStrictEqual(existing, schema)) throw new Error(`two schemas have the title ${name}`);
    this.#schemas.set(name, schema);
    return { $ref: `#/components/schemas/${name}` };
  }
}

function mapMembers(value: object, map: (entry: unknown, key: string) => unknown): Json {
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, map(entry, key)]));
}

/** Adds the mapping of the discriminator of a union: constant → component. */
function addMapping(original: object, schema: Json): Json {
  const { discriminator, oneOf } = schema as { discriminator?: { propertyName: string }; oneOf?: Json[] };
  if (!discriminator) return schema;
  const options = (original as { oneOf: { properties: Record<string, { const: string }> }[] }).oneOf;
  const { propertyName } = discriminator;
  const mapping = options.map(({ properties }, index) => [properties[propertyName]?.const, oneOf?.[index]?.$ref]);
  return { ...schema, discriminator: { propertyName, mapping: Object.fromEntries(mapping) } };
}

/** Returns an object with the entries of a map, sorted by name. */
export function sortMembers<Value>(map: ReadonlyMap<string, Value>): Record<string, Value> {
  return Object.fromEntries([...map].sort(([a], [b]) => (a < b ? -1 : 1)));
}
