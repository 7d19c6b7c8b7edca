// What answers tell browsers to keep from doing: few words on an answer of the API, which nobody opens as a page, and
// all that is known on pages. Made once; to a request they are only handed out.

import helmet from 'helmet';
import type { ServiceRequest, ServiceResponse } from '../request/request.ts';

type HeaderList = readonly (readonly [name: string, value: string])[];

/** On answers of the API: whatever is made of one by mistake, it loads nothing, runs nothing and nobody frames it. */
export const apiHeaders: HeaderList = [
  ['X-Content-Type-Options', 'nosniff'],
  ['Content-Security-Policy', "default-src 'none'; frame-ancestors 'none'"],
];

/**
 * On pages: they are made of files of the service, ask the service alone, and have no scripts or styles in them. The
 * images in the style sheet of Swagger UI are data in it.
 */
const pagePolicy = {
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
  /** Puts on it what belongs on a page instead. */
  setPageHeaders(response: ServiceResponse): void;
  /** Takes that off again, where there is no page. */
  clearPageHeaders(response: ServiceResponse): void;
};

/**
 * @param areCallersKnown then answers depend on who asks, and nobody may keep them; else they may be kept, and asked
 *   for again with the ETag (RFC 9111, section 5.2.2)
 */
export function createSecurityHeaders(areCallersKnown: boolean): SecurityHeaders {
  const ofAnswers = [...apiHeaders, ['Cache-Control', areCallersKnown ? 'no-store' : 'no-cache'] as const];
  const ofPages = pageHeaders();
  const setAll = (response: ServiceResponse, headers: HeaderList) => {
    for (const [name, value] of headers) response.setHeader(name, value);
  };
  return {
    setApiHeaders: (_request, response) => setAll(response, ofAnswers),
    setPageHeaders: (response) => {
      // What serves files says how long each may be kept, unless it was said before.
      response.removeHeader('Cache-Control');
      setAll(response, ofPages);
    },
    clearPageHeaders: (response) => {
      for (const [name] of ofPages) response.removeHeader(name);
      setAll(response, ofAnswers);
    },
  };
}

/** What helmet would set on a response. */
function pageHeaders(): HeaderList {
  const headers: (readonly [string, string])[] = [];
  const response = { setHeader: (name: string, value: string) => headers.push([name, value]), removeHeader: () => {} };
  const dress = helmet({
    contentSecurityPolicy: pagePolicy,
    xFrameOptions: { action: 'deny' },
    strictTransportSecurity: false,
  });
  dress({} as never, response as never, (error) => {
    if (error) throw error;
  });
  return headers;
}
