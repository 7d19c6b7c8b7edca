// What a request can ask for besides its body: to be done only on the version that was seen, and only once.

import { z } from 'zod';

/**
 * A tag of a list, with the comma that ends it (RFC 9110, section 8.8.3). A place without a tag counts for nothing.
 * Spaces can be matched in one way only, or a long row of them would take long to be refused.
 */
const listedTag = /[\t ]*(?:(W\/)?"([!#-~\u0080-\u00ff]*)"[\t ]*)?(?:,|$)/y;

type EntityTag = { isWeak: boolean; text: string };

/** The tags of a list; undefined where it is none. */
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
 * The versions that `If-Match` lets through: `*` any, else those that are listed, maybe none. The comparison is strong
 * (RFC 9110, section 13.1.1): a weak tag matches nothing, and neither does a tag that no version has.
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
    description: 'The version that was seen, as in `"3"`: where the order has another by now, 412',
    example: '"3"',
  });

/** A string of structured fields (RFC 8941, section 3.3.3). */
const quotedKey = /^"((?:[ !#-[\]-~]|\\["\\])*)"$/;

const idempotencyKey = z
  .string()
  .transform((value, context) => {
    const quoted = quotedKey.exec(value)?.[1]?.replace(/\\(.)/g, '$1');
    const key = quoted ?? (/^[!#-~]*$/.test(value) ? value : '');
    if (key.length >= 1 && key.length <= 255) return key;
    context.addIssue('must be 1 to 255 visible ASCII characters, bare or in double quotes');
    return z.NEVER;
  })
  .optional()
  .meta({
    description: 'The same key with the same request, within 24 hours, is answered as the first time, and done once',
    example: '5f0c0b6e-0f9b-4b0e-9a53-6a4a8f8f4d3b',
  });

/** The headers of a request that changes an order that is there. */
export const conditionalHeaders = z.object({ 'if-match': ifMatch });

/** The headers of every POST that changes something. */
export const idempotencyHeaders = z.object({ 'idempotency-key': idempotencyKey });

/** Those of both. */
export const conditionalIdempotencyHeaders = z.object({ 'if-match': ifMatch, 'idempotency-key': idempotencyKey });
