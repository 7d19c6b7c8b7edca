// Judges the head of a request by what Node's parser lets through, and what would be read in two ways.

import { createProblem, invalidRequest } from '../../domain/problem.ts';
import type { ServiceRequest } from '../request/request.ts';
import { maxHeaderBytes, maxHeaders, maxUriLength } from '../server/limits.ts';

/**
 * Refuses a head that is too long, or whose meaning is in doubt.
 * @throws ProblemError `uri-too-long`, `headers-too-large`, `invalid-request`
 */
export function rejectAmbiguousHead({ url = '', rawHeaders, headers, httpVersion }: ServiceRequest): void {
  if (url.length > maxUriLength) {
    throw createProblem('uri-too-long', `The address has more than ${maxUriLength} characters.`, { maxUriLength });
  }
  // Two entries a header. Node reads one more than is allowed, and drops the rest.
  if (rawHeaders.length > 2 * maxHeaders) {
    const members = { maxHeaders, maxHeaderBytes };
    throw createProblem('headers-too-large', `The request has more than ${maxHeaders} headers.`, members);
  }
  if (httpVersion !== '1.1' && httpVersion !== '1.0') {
    // A request line without a version: then answers would have neither a head nor an end.
    throw invalidRequest([{ pointer: '', detail: 'must be HTTP/1.1 or HTTP/1.0' }]);
  }
  rejectRepeatedHeaders(rawHeaders);
  rejectMissingHost(headers.host, httpVersion);
  const coding = headers['transfer-encoding'];
  if (coding !== undefined && (coding.toLowerCase() !== 'chunked' || httpVersion !== '1.1')) {
    // RFC 9112, section 6.1. Whatever else was done to the body, nobody would undo it; HTTP/1.0 has no such thing.
    throw invalidRequest([{ pointer: '/header/transfer-encoding', detail: 'must be chunked, in HTTP/1.1' }]);
  }
}

/** Of these Node keeps the first without a word, and somebody before us may have looked at another. */
const onceOnly = ['host', 'authorization', 'content-type'];

function rejectRepeatedHeaders(rawHeaders: readonly string[]): void {
  let seen = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? '';
    for (let place = 0; place < onceOnly.length; place += 1) {
      const only = onceOnly[place];
      // Most names are told apart by their length alone.
      if (name.length !== only?.length || name.toLowerCase() !== only) continue;
      if (seen & (1 << place)) throw invalidRequest([{ pointer: `/header/${only}`, detail: 'must be given once' }]);
      seen |= 1 << place;
    }
  }
}

/** RFC 9112, section 3.2: in HTTP/1.0 none at all is fine as well. */
function rejectMissingHost(host: string | undefined, httpVersion: string): void {
  if (host !== undefined || httpVersion === '1.0') return;
  throw invalidRequest([{ pointer: '/header/host', detail: 'is required' }]);
}
