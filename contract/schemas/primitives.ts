// The basic schemas: text, integers, times and parameters. They accept only values that both databases and all JSON
// parsers keep unchanged.

import { z } from 'zod';

/** Matches NUL and lone surrogates, which the databases cannot store unchanged. */
export const unsupportedCharacters = /\0|[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/;
/** The error message for text with unsupported characters. */
export const unsupportedCharactersMessage = 'must not contain NUL or lone surrogates';

/** Text of `min` to `max` UTF-16 code units without unsupported characters. */
export function text(min: number, max: number) {
  return z
    .string()
    .min(min)
    .max(max)
    .refine((value) => !unsupportedCharacters.test(value), unsupportedCharactersMessage);
}

/**
 * An integer between `min` and `max`, both inclusive. Numbers beyond 2^53−1 are always rejected, because JSON parsers
 * round them.
 */
export function integer(min: number, max: number) {
  const safe = z.int().min(min);
  return max < Number.MAX_SAFE_INTEGER ? safe.max(max) : safe;
}

/** The id of an order, validation, webhook or delivery: a positive safe integer. */
export const id = integer(1, Number.MAX_SAFE_INTEGER);

/** A time in a response: RFC 3339 in UTC with milliseconds. */
export const timestamp = z.iso
  .datetime({ precision: 3 })
  .meta({ description: 'RFC 3339 time in UTC with milliseconds', example: '2026-05-04T10:15:30.000Z' });

/**
 * A time in a query: RFC 3339 with any offset. Parsed to UTC with milliseconds, so that times compare as text. The
 * calendar of PostgreSQL has no year 0.
 */
export const timestampParameter = z.iso
  .datetime({ offset: true })
  .transform((value) => new Date(value).toISOString())
  .refine(
    (value) => value.length === '2026-05-04T10:15:30.000Z'.length && value >= '0001',
    'must be in the years 0001 to 9999',
  );

const canonicalInteger = /^(0|-?[1-9]\d{0,15})$/;

/**
 * An integer in a path, query or header, in canonical form: `1e3`, `007`, `+1` and the empty string are rejected. The
 * OpenAPI document shows its type as integer.
 */
export function integerParameter(min: number, max: number, description: string) {
  return z
    .string()
    .regex(canonicalInteger, 'must be an integer')
    .transform(Number)
    .pipe(integer(min, max))
    .meta({ description, type: 'integer', minimum: min, maximum: max, pattern: undefined });
}

/** An id in a path or query. */
export function idParameter(description: string) {
  return integerParameter(1, Number.MAX_SAFE_INTEGER, description).meta({ example: 1 });
}

/** A boolean in a query: `true` or `false`. */
export const booleanParameter = z
  .enum(['true', 'false'])
  .transform((value) => value === 'true')
  .meta({ type: 'boolean', enum: undefined });

/** A comma-separated list in a query, as in `status=CREATED,VALIDATED`. Duplicate values are rejected. */
export function listParameter<const Values extends readonly [string, ...string[]]>(values: Values) {
  return z
    .string()
    .transform((value) => value.split(','))
    .pipe(z.array(z.enum(values)).refine((list) => new Set(list).size === list.length, 'must not repeat a value'))
    .meta({ type: 'array', items: { type: 'string', enum: [...values] } });
}
