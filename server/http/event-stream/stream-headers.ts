// The headers of event streams.

import type { ServiceResponse } from '../request/request.ts';

/**
 * The body is chunked on HTTP/1.1, so that clients can distinguish a lost connection from the end of the stream.
 * Proxies must not compress the stream (`no-transform`; RFC 9111, section 5.2.2.6), because they would buffer it.
 * `X-Accel-Buffering` disables response buffering in nginx.
 */
export function setStreamHeaders(response: ServiceResponse): void {
  response.shouldKeepAlive = false;
  response.setHeader('Cache-Control', 'no-store, no-transform');
  response.setHeader('X-Accel-Buffering', 'no');
}
