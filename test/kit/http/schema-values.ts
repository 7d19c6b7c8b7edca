// Generates values that match a schema of the contract, for property tests.

import fc from 'fast-check';
import { z } from 'zod';

/** The part of JSON Schema that the request schemas use. */
type Schema = {
  type?: string | readonly string[];
  anyOf?: Schema[];
  enum?: unknown[];
  format?: string;
  items?: Schema;
  properties?: Record<string, Schema>;
  required?: string[];
  propertyNames?: Schema;
  additionalProperties?: Schema | false;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  uniqueItems?: boolean;
};

/**
 * Returns an arbitrary of the values that match a schema, refinements excepted. Long strings and lists are rare. Query
 * parameters are generated as numbers and booleans; the caller converts them to text.
 */
export function generateValues(schema: z.ZodType): fc.Arbitrary<unknown> {
  return toArbitrary(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Schema);
}

function toArbitrary(schema: Schema): fc.Arbitrary<unknown> {
  if (schema.anyOf) return fc.oneof(...schema.anyOf.map(toArbitrary));
  if (schema.enum) return fc.constantFrom(...schema.enum);
  const { type } = schema;
  if (Array.isArray(type)) return fc.oneof(...type.map((one) => toArbitrary({ ...schema, type: one })));
  switch (type) {
    case 'integer':
      return generateIntegers(schema);
    case 'boolean':
      return fc.boolean();
    case 'string':
      return schema.format === 'date-time' ? generateTimestamps() : generateStrings(schema);
    case 'array':
      return generateLists(schema);
    case 'object':
      return generateObjects(schema);
    case 'null':
      return fc.constant(null);
    default:
      throw new Error(`unsupported schema: ${JSON.stringify(schema)}`);
  }
}

function generateLists({ items = {}, minItems = 0, maxItems = 3, uniqueItems }: Schema): fc.Arbitrary<unknown[]> {
  const lengths = { minLength: minItems, maxLength: maxItems };
  return uniqueItems ? fc.uniqueArray(toArbitrary(items), lengths) : fc.array(toArbitrary(items), lengths);
}

function generateIntegers({ minimum: min = 0, maximum: max = Number.MAX_SAFE_INTEGER }: Schema): fc.Arbitrary<number> {
  return fc.oneof(
    { arbitrary: fc.integer({ min, max: Math.min(max, min + 20) }), weight: 4 },
    fc.maxSafeNat().map((value) => min + (value % (max - min + 1))),
    fc.constantFrom(min, max),
  );
}

function generateStrings({ minLength = 0, maxLength = 100 }: Schema): fc.Arbitrary<string> {
  const short = fc.string({ minLength, maxLength: Math.min(maxLength, 12), unit: 'grapheme' });
  const long = fc.constant('x'.repeat(maxLength));
  return fc
    .oneof({ arbitrary: short, weight: 20 }, long)
    .filter((text) => !text.includes('\0') && text.length <= maxLength && text.length >= minLength);
}

function generateTimestamps(): fc.Arbitrary<string> {
  return fc
    .date({ min: new Date(0), max: new Date('2100-01-01'), noInvalidDate: true })
    .map((moment) => moment.toISOString());
}

function generateObjects({ properties = {}, required = [], propertyNames, additionalProperties }: Schema) {
  if (propertyNames && additionalProperties) {
    const names = generateStrings(propertyNames).filter((name) => name !== '__proto__');
    return fc.dictionary(names, toArbitrary(additionalProperties), { maxKeys: 20 });
  }
  const fields = Object.fromEntries(Object.entries(properties).map(([name, field]) => [name, toArbitrary(field)]));
  return fc.record(fields, { requiredKeys: required as never[] });
}
