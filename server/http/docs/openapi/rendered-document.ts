// The OpenAPI document as it is sent: serialized, compressed and with entity tags. All of it is made once.

import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { brotliCompress, gzip } from 'node:zlib';
import { CompressedJson, JsonText } from '../../../shared/json-text.ts';
import { generateDocument, type OpenApiDocument } from './document.ts';

/** A representation of the document. Those with different encodings have different tags (RFC 9110, section 8.8.3.3). */
export type Representation = { tag: string; body: JsonText<OpenApiDocument> };

/** The representations, in the order of preference. */
export type RenderedDocument = { br: Representation; gzip: Representation; identity: Representation };

/** Generates the document. @param serverUrl as in `generateDocument` */
export async function renderDocument(serverUrl: string): Promise<RenderedDocument> {
  const text = JSON.stringify(generateDocument(undefined, serverUrl));
  const hash = createHash('sha256').update(text).digest('base64url').slice(0, 22);
  const [brotli, gzipped] = await Promise.all([promisify(brotliCompress)(text), promisify(gzip)(text, { level: 9 })]);
  return {
    br: { tag: `"${hash}-br"`, body: new CompressedJson(text, 'br', brotli) },
    gzip: { tag: `"${hash}-gzip"`, body: new CompressedJson(text, 'gzip', gzipped) },
    identity: { tag: `"${hash}"`, body: new JsonText(text) },
  };
}

/**
 * Returns the representation for an `Accept-Encoding` (RFC 9110, section 12.5.3): the smallest that is accepted with
 * the highest weight. The one without compression is always acceptable.
 */
export function chooseRepresentation(document: RenderedDocument, acceptEncoding = ''): Representation {
  const weights = parseWeights(acceptEncoding);
  const others = weights.get('*') ?? 0;
  const weigh = (coding: string) => weights.get(coding) ?? others;
  const best = Math.max(weigh('br'), weigh('gzip'), weights.get('identity') ?? 0);
  if (best === 0) return document.identity;
  if (weigh('br') === best) return document.br;
  return weigh('gzip') === best ? document.gzip : document.identity;
}

/** Returns coding → weight, from 0 to 1. */
function parseWeights(acceptEncoding: string): ReadonlyMap<string, number> {
  const entries = acceptEncoding.split(',').map((entry) => {
    const [coding = '', ...parameters] = entry.split(';').map((part) => part.trim().toLowerCase());
    const weight = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
    return [coding === 'x-gzip' ? 'gzip' : coding, weight === undefined ? 1 : Number(weight) || 0] as const;
  });
  return new Map(entries);
}
