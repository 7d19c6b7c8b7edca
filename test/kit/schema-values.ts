// Values that a schema of the contract describes, for property tests.

import fc from 'fast-check';
import { z } from 'zod';

/** The little of JSON Schema that requests are described with. */
type Schema = {
  type?: string;
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
};

/** Values that fit a schema, but for what it refines; long texts and lists are rare. Parameters have their own type. */
export function generateValues(schema: z.ZodType): fc.Arbitrary<unknown> {
  return arbitraryOf(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Schema);
}

function arbitraryOf(schema: Schema): fc.Arbitrary<unknown> {
  if (schema.anyOf) return fc.oneof(...schema.anyOf.map(arbitraryOf));
  if (schema.enum) return fc.constantFrom(...schema.enum);
  switch (schema.type) {
    case 'integer':
      return integersOf(schema);
    case 'boolean':
      return fc.boolean();
    case 'string':
      return schema.format === 'date-time' ? momentsOf() : textsOf(schema);
    case 'array':
      return fc.array(arbitraryOf(schema.items ?? {}), {
        minLength: schema.minItems ?? 0,
        maxLength: schema.maxItems ?? 3,
      });
    case 'object':
      return objectsOf(schema);
    case 'null':
      return fc.constant(null);
    default:
      throw new Error(`no values for ${JSON.stringify(schema)}`);
  }
}

function integersOf({ minimum: min = 0, maximum: max = Number.MAX_SAFE_INTEGER }: Schema): fc.Arbitrary<number> {
  return fc.oneof(
    { arbitrary: fc.integer({ min, max: Math.min(max, min + 20) }), weight: 4 },
    fc.maxSafeNat().map((value) => min + (value % (max - min + 1))),
    fc.constantFrom(min, max),
  );
}

function textsOf({ minLength = 0, maxLength = 100 }: Schema): fc.Arbitrary<string> {
  const short = fc.string({ minLength, maxLength: Math.min(maxLength, 12), unit: 'grapheme' });
  const long = fc.constant('x'.repeat(maxLength));
  return fc
    .oneof({ arbitrary: short, weight: 20 }, long)
    .filter((text) => !text.includes('\0') && text.length <= maxLength && text.length >= minLength);
}

function momentsOf(): fc.Arbitrary<string> {
  return fc
    .date({ min: new Date(0), max: new Date('2100-01-01'), noInvalidDate: true })
    .map((moment) => moment.toISOString());
}

function objectsOf({ properties = {}, required = [], propertyNames, additionalProperties }: Schema) {
  if (propertyNames && additionalProperties) {
    const names = textsOf(propertyNames).filter((name) => name !== '__proto__');
    return fc.dictionary(names, arbitraryOf(additionalProperties), { maxKeys: 20 });
  }
  const fields = Object.fromEntries(Object.entries(properties).map(([name, field]) => [name, arbitraryOf(field)]));
  return fc.record(fields, { requiredKeys: required as never[] });
}
