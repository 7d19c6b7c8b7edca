// Rejects requests over plain HTTP if HTTPS is required. They are not redirected: their token was already sent in clear
// text.

import { createProblem } from '../../domain/problem.ts';
import type { ServiceRequest, ServiceResponse } from '../request/request.ts';
import { probePaths } from './origins.ts';

/** One year, for subdomains too (RFC 6797, section 6.1). Must be sent over HTTPS only (section 7.2). */
const strictTransportSecurity = 'max-age=31536000; includeSubDomains';

/** @throws RequestProblem `forbidden`: the request was sent over plain HTTP and is not a health check */
export function requireHttps(request: ServiceRequest, response: ServiceResponse): void {
  if (request.caller.isSecure) response.setHeader('Strict-Transport-Security', strictTransportSecurity);
  else if (!probePaths.includes(request.pathname)) {
    throw createProblem(
      'forbidden',
      'This service must be called over HTTPS, and this request was sent over plain HTTP.',
      {},
    );
  }
}
