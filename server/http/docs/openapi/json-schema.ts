// Converts the schemas of the contract to JSON Schema 2020-12. Request schemas are closed, because unknown members are
// rejected. Response schemas are open: generated clients must accept fields and enumeration values that are added
// later.

import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';

/** A JSON object. */
export type Json = Record<string, unknown>;

/** The use of a schema: the parameters of a request, its body, or what clients receive. */
export type Use = 'parameters' | 'request' | 'response';

type Schema = z.core.JSONSchema.BaseSchema;

/** Converts a schema with all schemas in it. Titles remain. */
export function toOpenApiSchema(schema: z.ZodType, use: Use): Json {
  const { $schema: _, ...converted } = z.toJSONSchema(schema, {
    io: use === 'response' ? 'output' : 'input',
    reused: 'inline',
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => {
      completeSchema(zodSchema, jsonSchema);
      if (use === 'request') describeDefault(jsonSchema);
      if (use === 'response') relaxSchema(jsonSchema);
    },
  });
  return converted;
}

/** Corrects and completes the output of zod. */
function completeSchema(zodSchema: z.core.$ZodType, schema: Schema): void {
  // The keyword `example` of the contract is the one of earlier versions of OpenAPI.
  if (schema.example !== undefined) schema.examples = [schema.example];
  delete schema.example;
  // The format says the same.
  if (schema.format === 'date-time' || schema.format === 'uuid') delete schema.pattern;
  if (schema.format === 'date-time') delete schema.examples;
  if (Number.isInteger(schema.const)) schema.type = 'integer';
  // zod omits the default of a parameter that is converted, for example to a number.
  if (zodSchema instanceof z.ZodDefault) schema.default = zodSchema._zod.def.defaultValue;
  if (zodSchema instanceof z.ZodDiscriminatedUnion) {
    schema.discriminator = { propertyName: zodSchema._zod.def.discriminator };
  }
}

/**
 * Moves the default of a field to its description, because generators declare fields with a default as present. A
 * default of null is not described.
 */
function describeDefault(schema: Schema): void {
  const { default: value, description = '' } = schema;
  delete schema.default;
  if (value === undefined || value === null) return;
  schema.description = `${description}${/\.$/.test(description) ? '' : '.'} By default, \`${JSON.stringify(value)}\`.`;
}

/** Keywords of the limits of requests. Values that were stored under earlier limits may violate them. */
const limits = ['default', 'minimum', 'maximum', 'minLength', 'maxLength', 'minItems', 'maxItems'];

/** Removes constraints of a response schema that would reject fields and values that are added later. */
function relaxSchema(schema: Schema): void {
  for (const limit of limits) delete schema[limit];
  if (schema.additionalProperties === false) delete schema.additionalProperties;
  if (isDeepStrictEqual(schema.propertyNames, { type: 'string' })) delete schema.propertyNames;
  if (schema.enum) {
    schema['x-extensible-enum'] = schema.enum;
    delete schema.enum;
  }
}

const primitives: readonly unknown[] = ['string', 'integer', 'number', 'boolean'];

/** Returns a schema without undefined keywords, and with a list of types instead of an option `null`, if it has one. */
export function simplifySchema(schema: Json): Json {
  const { anyOf, ...others } = Object.fromEntries(Object.entries(schema).filter(([, value]) => value !== undefined));
  if (!Array.isArray(anyOf)) return others;
  const [first, second] = anyOf as Json[];
  if (!first || second?.type !== 'null' || anyOf.length > 2) return { ...others, anyOf };
  // The description of the union takes precedence over that of its option.
  const { description, ...option } = first;
  const texts = description === undefined ? others : { description, ...others };
  if (!primitives.includes(option.type) || 'const' in option) return { ...texts, anyOf: [option, second] };
  return { ...option, ...texts, type: [option.type, 'null'] };
}
