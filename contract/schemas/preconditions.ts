// The headers that make a request conditional (`If-Match`) or idempotent (`Idempotency-Key`).

import { z } from 'zod';

/**
 * One entity tag of a list, with the comma that ends it (RFC 9110, section 8.8.3). Empty list elements are ignored.
 * Spaces must match in one way only: otherwise, a long run of spaces causes excessive backtracking.
 */
const listedTag = /[\t ]*(?:(W\/)?"([!#-~\u0080-\u00ff]*)"[\t ]*)?(?:,|$)/y;

type EntityTag = { isWeak: boolean; text: string };

/** Returns undefined if the text is not a list of entity tags. */
function parseEntityTags(list: string): EntityTag[] | undefined {
  const tags: EntityTag[] = [];
  listedTag.lastIndex = 0;
  while (listedTag.lastIndex < list.length) {
    const match = listedTag.exec(list);
    if (!match) return undefined;
    const [, weak, text] = match;
    if (text !== undefined) tags.push({ isWeak: weak !== undefined, text });
  }
  return tags.length === 0 ? undefined : tags;
}

/**
 * The versions that `If-Match` accepts: any version (`*`) or the listed ones, possibly none. The comparison is strong
 * (RFC 9110, section 13.1.1): weak tags and tags that are not a version number match nothing.
 */
export type ExpectedVersions = '*' | readonly number[];

const ifMatch = z
  .string()
  .transform((value, context): ExpectedVersions => {
    if (value.trim() === '*') return '*';
    const tags = parseEntityTags(value);
    if (!tags) {
      context.addIssue('must be * or a list of entity tags, as in "3"');
      return z.NEVER;
    }
    return tags.flatMap(({ isWeak, text }) => (!isWeak && /^[1-9]\d{0,15}$/.test(text) ? [Number(text)] : []));
  })
  .optional()
  .meta({
    description:
      'The expected version of the order, as in `"3"`. Returns 412 without changes if the order has another version.',
  });

const maxKeyLength = 255;

/** A string of Structured Fields (RFC 8941, section 3.3.3). */
const quotedKey = /^"((?:[ !#-[\]-~]|\\["\\])*)"$/;

const idempotencyKey = z
  .string()
  .transform((value, context) => {
    const quoted = quotedKey.exec(value)?.[1]?.replace(/\\(.)/g, '$1');
    const key = quoted ?? (/^[!#-~]*$/.test(value) ? value : '');
    if (key.length >= 1 && key.length <= maxKeyLength) return key;
    context.addIssue('must be 1 to 255 visible ASCII characters, bare or in double quotes');
    return z.NEVER;
  })
  .optional()
  .meta({
    description:
      'Makes the request safe to repeat for 24 hours: an identical request with the same key is executed once and ' +
      'returns the first response. 1 to 255 visible ASCII characters, such as a UUID, bare or in double quotes.',
    minLength: 1,
    // A key in double quotes can consist of escaped characters only.
    maxLength: 2 * maxKeyLength + 2,
    pattern: `^([!#-~]{1,${maxKeyLength}}|"([ !#-[\\]-~]|\\\\["\\\\]){1,${maxKeyLength}}")$`,
  });

/** The headers of a request that changes an existing order without idempotency. */
export const conditionalHeaders = z.object({ 'if-match': ifMatch });

/** The headers of an idempotent POST. */
export const idempotencyHeaders = z.object({ 'idempotency-key': idempotencyKey });

/** The headers of an idempotent POST that changes an existing order. */
export const conditionalIdempotencyHeaders = z.object({ 'if-match': ifMatch, 'idempotency-key': idempotencyKey });

/**
 * The header of a GET whose response can be 304. Only the OpenAPI document uses it: a condition that is not a list of
 * entity tags matches nothing, so that requests are not validated against it.
 */
export const revalidationHeaders = z.object({
  'if-none-match': z.string().optional().meta({
    description:
      'The `ETag` of a representation that the client has stored. Returns 304 without a body if it is current.',
    example: '"3"',
  }),
});
