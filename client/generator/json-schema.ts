// The JSON Schemas of the contract, from which the types of the SDK are generated.

import { z } from 'zod';

/** The use of a type: parameters or a body that a caller writes, or a response that a caller reads. */
export type Mode = 'parameters' | 'input' | 'output';

/** The keywords that the schemas of the contract use. */
export type JsonSchema = {
  type?: string | string[];
  title?: string;
  description?: string;
  default?: unknown;
  const?: unknown;
  enum?: unknown[];
  'x-extensible-enum'?: unknown[];
  format?: string;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  items?: JsonSchema;
  properties?: Record<string, JsonSchema>;
  required?: string[];
  additionalProperties?: boolean | JsonSchema;
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
};

/** Converts a schema. Transformed parameters are described by their metadata, as in the OpenAPI document. */
export function toJsonSchema(schema: z.ZodType, mode: Mode): JsonSchema {
  return z.toJSONSchema(schema, {
    io: mode === 'output' ? 'output' : 'input',
    reused: 'inline',
    unrepresentable: 'any',
    // zod omits the default of a parameter that is converted, for example to a number.
    override: ({ zodSchema, jsonSchema }) => {
      if (zodSchema instanceof z.ZodDefault) jsonSchema.default = zodSchema._zod.def.defaultValue;
    },
  }) as JsonSchema;
}

/** Returns a sentence about the limits of a value, such as `1 to 64 characters.`. Empty without limits. */
export function describeLimits(schema: JsonSchema): string {
  const { minimum, maximum, minLength, maxLength, minItems, maxItems } = removeNull(schema);
  if (maxLength !== undefined) return describeRange(minLength ?? 0, maxLength, ' characters');
  if (maxItems !== undefined) return describeRange(minItems ?? 0, maxItems, ' entries');
  if (maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER) return describeRange(minimum ?? 0, maximum, '');
  return '';
}

function describeRange(min: number, max: number, unit: string): string {
  const format = (value: number) => value.toLocaleString('en-US');
  return min === 0 && unit !== '' ? `At most ${format(max)}${unit}.` : `${format(min)} to ${format(max)}${unit}.`;
}

/** Returns the schema of the values other than null. */
function removeNull(schema: JsonSchema): JsonSchema {
  const others = schema.anyOf?.filter(({ type }) => type !== 'null') ?? [];
  return others.length === 1 && others[0] ? { ...schema, ...others[0] } : schema;
}
