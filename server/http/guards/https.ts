// Refuses what has come in the clear, where HTTPS is required. It does not redirect: the token has been sent by then.

import { createProblem } from '../../domain/problem.ts';
import type { ServiceRequest, ServiceResponse } from '../request/request.ts';
import { probePaths } from './origins.ts';

/** A year, below every name of the host too (RFC 6797, section 6.1). It may only be said over HTTPS (section 7.2). */
const strictTransport = 'max-age=31536000; includeSubDomains';

/** @throws ProblemError `forbidden` */
export function requireHttps(request: ServiceRequest, response: ServiceResponse): void {
  if (request.caller.isSecure) response.setHeader('Strict-Transport-Security', strictTransport);
  else if (!probePaths.includes(request.pathname)) {
    throw createProblem(
      'forbidden',
      'This service is to be called over HTTPS, and this request was sent in the clear.',
      {},
    );
  }
}
