// Reads the headers that describe a body: Content-Type and Content-Encoding.

import type { IncomingHttpHeaders } from 'node:http';
import { createProblem, type RequestProblem } from '../../domain/problem.ts';
import { type ContentEncoding, isContentEncoding } from './body-bytes.ts';

/**
 * Returns the encoding of a JSON body.
 * @throws RequestProblem `unsupported-media-type`: the body is not JSON in UTF-8, or has another encoding
 */
export function readContentEncoding(headers: IncomingHttpHeaders): ContentEncoding {
  const type = headers['content-type'] ?? '';
  if (type !== 'application/json') rejectOtherTypes(type);
  const list = headers['content-encoding'];
  return list === undefined ? 'identity' : parseContentEncoding(list);
}

/** A form, for example, could be sent from any page without a preflight. */
function rejectOtherTypes(type: string): void {
  if (!/^application\/json[\t ]*(;|$)/i.test(type)) {
    throw createUnsupportedProblem('The body must be sent with Content-Type: application/json.');
  }
  // `util.MIMEType` takes quadratic time for a run of tabs.
  for (const [, label = ''] of type.matchAll(/;[\t ]*charset=["']?([^\t ;"']*)/gi)) {
    if (label === '' || isUtf8Label(label)) continue;
    throw createUnsupportedProblem(
      `The parameter 'charset' of Content-Type is '${shorten(label)}'. JSON must be in UTF-8: omit it or send utf-8.`,
    );
  }
}

/** Whether a label names UTF-8, as in `utf8` (WHATWG Encoding, section 4.2). */
function isUtf8Label(label: string): boolean {
  try {
    return new TextDecoder(label).encoding === 'utf-8';
  } catch {
    return false;
  }
}

/** A recipient should treat `x-gzip` as `gzip` (RFC 9110, section 8.4.1.3). Identity changes nothing. */
function parseContentEncoding(list: string): ContentEncoding {
  const names = list
    .toLowerCase()
    .split(',')
    .map((name) => name.trim().replace(/^x-gzip$/, 'gzip'))
    .filter((name) => name !== '' && name !== 'identity');
  const [name = 'identity'] = names;
  if (names.length <= 1 && isContentEncoding(name)) return name;
  throw createUnsupportedProblem(
    `The Content-Encoding '${shorten(list)}' is not supported: send gzip, deflate, br or no encoding.`,
  );
}

function createUnsupportedProblem(detail: string): RequestProblem {
  return createProblem('unsupported-media-type', detail, {});
}

/** Returns at most 40 characters of a header. */
function shorten(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}
