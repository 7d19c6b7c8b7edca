// The security headers: a short list for API responses, and the full list of helmet for pages. Both lists are created
// once, at the start.

import helmet from 'helmet';
import type { ServiceRequest, ServiceResponse } from '../request/request.ts';

type HeaderList = readonly (readonly [name: string, value: string])[];

/** For API responses: if a browser displays one as a page, it loads nothing, runs nothing and cannot be framed. */
export const apiHeaders: HeaderList = [
  ['X-Content-Type-Options', 'nosniff'],
  ['Content-Security-Policy', "default-src 'none'; frame-ancestors 'none'"],
];

/**
 * For pages: they load files of the service and send requests to the service only, and have no inline scripts or
 * styles. The style sheet of Swagger UI contains images as `data:` URLs.
 */
const pageContentPolicy = {
  useDefaults: false,
  directives: {
    defaultSrc: ["'none'"],
    scriptSrc: ["'self'"],
    styleSrc: ["'self'"],
    imgSrc: ["'self'", 'data:'],
    fontSrc: ["'self'"],
    connectSrc: ["'self'"],
    baseUri: ["'none'"],
    formAction: ["'none'"],
    frameAncestors: ["'none'"],
  },
};

export type SecurityHeaders = {
  /** Sets the headers of API responses. */
  setApiHeaders(request: ServiceRequest, response: ServiceResponse): void;
  /** Replaces the headers of API responses by those of pages. */
  setPageHeaders(response: ServiceResponse): void;
  /** Restores the headers of API responses, if there is no page. */
  clearPageHeaders(response: ServiceResponse): void;
};

/**
 * @param hasAuthentication with authentication responses depend on the caller and must not be stored; without it they
 *   may be stored and revalidated with the ETag (RFC 9111, section 5.2.2)
 */
export function createSecurityHeaders(hasAuthentication: boolean): SecurityHeaders {
  const responseHeaders = [...apiHeaders, ['Cache-Control', hasAuthentication ? 'no-store' : 'no-cache'] as const];
  const pageHeaders = createPageHeaders();
  const setAll = (response: ServiceResponse, headers: HeaderList) => {
    for (const [name, value] of headers) response.setHeader(name, value);
  };
  return {
    setApiHeaders: (_request, response) => setAll(response, responseHeaders),
    setPageHeaders: (response) => {
      // The file server sets Cache-Control for each file, but only if the header is absent.
      response.removeHeader('Cache-Control');
      setAll(response, pageHeaders);
    },
    clearPageHeaders: (response) => {
      for (const [name] of pageHeaders) response.removeHeader(name);
      setAll(response, responseHeaders);
    },
  };
}

/** Returns the headers that helmet would set on a response. */
function createPageHeaders(): HeaderList {
  const headers: (readonly [string, string])[] = [];
  const response = { setHeader: (name: string, value: string) => headers.push([name, value]), removeHeader: () => {} };
  const setHelmetHeaders = helmet({
    contentSecurityPolicy: pageContentPolicy,
    xFrameOptions: { action: 'deny' },
    strictTransportSecurity: false,
  });
  setHelmetHeaders({} as never, response as never, (error) => {
    if (error) throw error;
  });
  return headers;
}
