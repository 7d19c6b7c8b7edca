// The basic schemas: text, integers, times and parameters. They accept only values that both databases and all JSON
// parsers keep unchanged.

import { z } from 'zod';

/** Matches NUL and lone surrogates, which the databases cannot store unchanged. */
export const unsupportedCharacters = /\0|[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/;
/** The error message for text with unsupported characters. */
export const unsupportedCharactersMessage = 'must not contain NUL or lone surrogates';

/** Whether a text has more than `max` characters. A character outside the BMP counts once, as in JSON Schema. */
export function isLongerThan(text: string, max: number): boolean {
  if (text.length <= max) return false;
  return text.length > 2 * max || text.replace(/[\uD800-\uDBFF](?=[\uDC00-\uDFFF])/g, '').length > max;
}

/** Text of `min` to `max` Unicode characters without unsupported characters. */
export function text(min: number, max: number) {
  return z
    .string()
    .min(min)
    .check(({ value, issues }) => {
      if (isLongerThan(value, max)) {
        issues.push({ code: 'too_big', origin: 'string', maximum: max, inclusive: true, input: value });
      }
      if (unsupportedCharacters.test(value)) {
        issues.push({ code: 'custom', message: unsupportedCharactersMessage, input: value });
      }
    })
    .meta({ maxLength: max });
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
export const timestampParameter = z
  .string()
  .transform((value, context) => {
    const timeMs = parseTime(value);
    if (timeMs !== undefined) return new Date(timeMs).toISOString();
    context.addIssue(describeInvalidTime(value));
    return z.NEVER;
  })
  .refine(
    (value) => value.length === '2026-05-04T10:15:30.000Z'.length && value >= '0001',
    'must be in the years 0001 to 9999',
  )
  .meta({ format: 'date-time' });

const calendarTime = z.iso.datetime({ offset: true });

/**
 * Returns the milliseconds since the epoch of an RFC 3339 time; undefined if it is invalid. `t` and `z` may be in lower
 * case (section 5.6). A leap second is the last second of a month in UTC (section 5.7), and counts as the next second.
 */
function parseTime(text: string): number | undefined {
  const upper = text.toUpperCase();
  const ordinary = upper.replace(/:60(?=(\.\d+)?(Z|[+-]\d\d:\d\d)$)/, ':59');
  if (!calendarTime.safeParse(ordinary).success) return undefined;
  const timeMs = Date.parse(ordinary);
  if (ordinary === upper) return timeMs;
  const isEndOfMonth = /-01T00:00:00/.test(new Date(timeMs + 1_000).toISOString());
  return isEndOfMonth ? timeMs + 1_000 : undefined;
}

/** A plus sign that is not encoded is decoded as a space. */
function describeInvalidTime(text: string): string {
  if (/ \d\d:\d\d$/.test(text)) return 'must be an RFC 3339 time, with the + of its offset encoded as %2B';
  return 'must be an RFC 3339 date and time with an offset, as in 2026-05-04T10:15:30Z';
}

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

/**
 * A list in a query: one parameter with commas (`status=CREATED,VALIDATED`), repeated parameters
 * (`status=CREATED&status=VALIDATED`), or both. Values contain no commas, so an encoded comma separates, too. Empty,
 * unknown and repeated values are rejected.
 */
export function listParameter<const Values extends readonly [string, ...string[]]>(values: Values) {
  return z
    .union([z.string(), z.array(z.string())])
    .transform((texts) => splitValues(texts, values.length + 1))
    .pipe(z.array(z.enum(values)).refine((list) => new Set(list).size === list.length, 'must not repeat a value'))
    .meta({
      type: 'array',
      items: { type: 'string', enum: [...values] },
      minItems: 1,
      uniqueItems: true,
      anyOf: undefined,
    });
}

/** Returns at most `limit` values. A longer list repeats a value or has an unknown one: the first ones show that. */
function splitValues(texts: string | readonly string[], limit: number): string[] {
  if (typeof texts === 'string') return texts.split(',', limit);
  return texts.flatMap((text) => text.split(',', limit)).slice(0, limit);
}
