// The small schemas that every other schema is built of. They accept only what every store can keep
// and every JSON reader can give back unchanged.

import { z } from 'zod';

/** What no database keeps faithfully. */
export const unsupportedCharacters = /\0|[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/;
export const unsupportedCharactersMessage = 'must not contain NUL or lone surrogates';

/** Text of `min` to `max` UTF-16 code units, without NUL and lone surrogates: no database keeps those faithfully. */
export function text(min: number, max: number) {
  return z
    .string()
    .min(min)
    .max(max)
    .refine((value) => !unsupportedCharacters.test(value), unsupportedCharactersMessage);
}

/**
 * An integer between `min` and `max`. JSON numbers beyond 2^53−1 are refused in any case: they are rounded before
 * anybody sees them.
 */
export function integer(min: number, max: number) {
  const safe = z.int().min(min);
  return max < Number.MAX_SAFE_INTEGER ? safe.max(max) : safe;
}

/** The id of an order or a validation: a positive integer that JSON carries exactly. */
export const id = integer(1, Number.MAX_SAFE_INTEGER);

/** A moment as RFC 3339 in UTC with milliseconds, as every answer gives it. */
export const timestamp = z.iso
  .datetime({ precision: 3 })
  .meta({ description: 'RFC 3339, UTC, milliseconds', example: '2026-05-04T10:15:30.000Z' });

/**
 * A moment in a query, RFC 3339 with any offset; parsed to UTC with milliseconds, so that moments compare as text.
 * There is no year 0 in the calendar of PostgreSQL.
 */
export const timestampParameter = z.iso
  .datetime({ offset: true })
  .transform((value) => new Date(value).toISOString())
  .refine(
    (value) => value.length === '2026-05-04T10:15:30.000Z'.length && value >= '0001',
    'must lie in the years 0001 to 9999',
  );

const canonicalInteger = /^(0|-?[1-9]\d{0,15})$/;

/**
 * An integer written in a path or a query, in its one canonical form: `1e3`, `007`, `+1` and the empty text are
 * refused. The document shows it as the integer that it is.
 */
export function integerParameter(min: number, max: number, description: string) {
  return z
    .string()
    .regex(canonicalInteger, 'must be an integer')
    .transform(Number)
    .pipe(integer(min, max))
    .meta({ description, type: 'integer', minimum: min, maximum: max, pattern: undefined });
}

/** The id in a path. */
export function idParameter(description: string) {
  return integerParameter(1, Number.MAX_SAFE_INTEGER, description).meta({ example: 1 });
}

/** `true` or `false` in a query. */
export const booleanParameter = z
  .enum(['true', 'false'])
  .transform((value) => value === 'true')
  .meta({ type: 'boolean', enum: undefined });

/** A list in a query, separated by commas (`status=CREATED,VALIDATED`), each value at most once. */
export function listParameter<const Values extends readonly [string, ...string[]]>(values: Values) {
  return z
    .string()
    .transform((value) => value.split(','))
    .pipe(z.array(z.enum(values)).refine((list) => new Set(list).size === list.length, 'must not repeat a value'))
    .meta({ type: 'array', items: { type: 'string', enum: [...values] } });
}
