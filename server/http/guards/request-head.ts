// Rejects request heads that Node's parser accepts although they are too large or ambiguous.

import { createInvalidRequestProblem, createProblem } from '../../domain/problem.ts';
import { isAuthority } from '../../shared/authority.ts';
import type { ServiceRequest } from '../request/request.ts';
import { maxHeaderBytes, maxHeaders, maxUriLength } from '../server/limits.ts';

/**
 * Rejects a head that is too large, or that two servers could interpret differently.
 * @throws RequestProblem `uri-too-long`, `headers-too-large`, `invalid-request`
 */
export function rejectAmbiguousHead(request: ServiceRequest): void {
  const { url = '', rawHeaders, headers, httpVersion } = request;
  if (url.length > maxUriLength) {
    throw createProblem('uri-too-long', `The path and query have more than ${maxUriLength} characters.`, {
      maxUriLength,
    });
  }
  // Two entries per header. The server reads one header more than allowed, and Node drops the rest.
  if (rawHeaders.length > 2 * maxHeaders) {
    const members = { maxHeaders, maxHeaderBytes };
    throw createProblem('headers-too-large', `The request has more than ${maxHeaders} headers.`, members);
  }
  if (httpVersion !== '1.1' && httpVersion !== '1.0') {
    // A request line without a version: Node would send a response that has neither a head nor an end.
    throw createInvalidRequestProblem([{ pointer: '', detail: 'must be HTTP/1.1 or HTTP/1.0' }]);
  }
  rejectRepeatedHeaders(rawHeaders);
  rejectInvalidHost(request);
  const coding = headers['transfer-encoding'];
  if (coding !== undefined && (coding.toLowerCase() !== 'chunked' || httpVersion !== '1.1')) {
    // Node decodes no other transfer coding, and HTTP/1.0 has none (RFC 9112, section 6.1).
    throw createInvalidRequestProblem([
      { pointer: '/header/transfer-encoding', detail: 'must be chunked, in HTTP/1.1' },
    ]);
  }
}

/** Node silently keeps the first of several; an upstream proxy may have used another. */
const singleHeaders = ['host', 'authorization', 'content-type'];

function rejectRepeatedHeaders(rawHeaders: readonly string[]): void {
  let seenBits = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? '';
    for (let bit = 0; bit < singleHeaders.length; bit += 1) {
      const single = singleHeaders[bit];
      // Comparing lengths first avoids lower-casing most names.
      if (name.length !== single?.length || name.toLowerCase() !== single) continue;
      if (seenBits & (1 << bit))
        throw createInvalidRequestProblem([{ pointer: `/header/${single}`, detail: 'must be given once' }]);
      seenBits |= 1 << bit;
    }
  }
}

/**
 * HTTP/1.1 requires Host, HTTP/1.0 does not (RFC 9112, section 3.2). Host can be empty, but the host of an absolute
 * request target cannot (RFC 9110, section 4.2.1).
 */
function rejectInvalidHost({ url = '', headers: { host }, authority, httpVersion }: ServiceRequest): void {
  const pointer = '/header/host';
  if (host === undefined && httpVersion !== '1.0')
    throw createInvalidRequestProblem([{ pointer, detail: 'is required' }]);
  if (host && !isAuthority(host)) {
    throw createInvalidRequestProblem([{ pointer, detail: 'must be a host and an optional port' }]);
  }
  if (/^https?:\/\//i.test(url) && !isAuthority(authority)) {
    const detail = 'must begin with a host and an optional port, if it is an absolute URL';
    throw createInvalidRequestProblem([{ pointer: '/path', detail }]);
  }
}
