// Judges the head of a request by what Node's parser lets through, and what would be read in two ways.

import { invalidRequest, problem } from '../problem.ts';
import type { ServiceRequest } from './exchange.ts';
import { maxHeaderBytes, maxHeaders, maxUriLength } from './limits.ts';

/**
 * Refuses a head that is too long, or whose meaning is in doubt.
 * @throws ProblemError `uri-too-long`, `headers-too-large`, `invalid-request`
 */
export function refuseDoubtfulHead({ url = '', rawHeaders, headers, httpVersion }: ServiceRequest): void {
  if (url.length > maxUriLength) {
    throw problem('uri-too-long', `The address has more than ${maxUriLength} characters.`, { maxUriLength });
  }
  // Two entries a header. Node reads one more than is allowed, and drops the rest.
  if (rawHeaders.length > 2 * maxHeaders) {
    const members = { maxHeaders, maxHeaderBytes };
    throw problem('headers-too-large', `The request has more than ${maxHeaders} headers.`, members);
  }
  if (httpVersion !== '1.1' && httpVersion !== '1.0') {
    // A request line without a version: then answers would have neither a head nor an end.
    throw invalidRequest([{ pointer: '', detail: 'must be HTTP/1.1 or HTTP/1.0' }]);
  }
  refuseHosts(countHosts(rawHeaders), httpVersion);
  const coding = headers['transfer-encoding'];
  if (coding !== undefined && coding.toLowerCase() !== 'chunked') {
    // RFC 9112, section 6.1. Whatever else was done to the body, nobody would undo it.
    throw invalidRequest([{ pointer: '/header/transfer-encoding', detail: 'must be chunked' }]);
  }
}

/** RFC 9112, section 3.2: exactly one, and in HTTP/1.0 none at all is one as well. */
function refuseHosts(count: number, httpVersion: string): void {
  if (count === 1 || (count === 0 && httpVersion === '1.0')) return;
  throw invalidRequest([{ pointer: '/header/host', detail: count === 0 ? 'is required' : 'must be given once' }]);
}

function countHosts(rawHeaders: readonly string[]): number {
  let count = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index];
    if (name?.length === 4 && name.toLowerCase() === 'host') count += 1;
  }
  return count;
}
