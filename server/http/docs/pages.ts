// Entry to the pages that browsers open. The Express application behind them is loaded on the first request.

import type { SecurityHeaders } from '../guards/security-headers.ts';
import type { PageHandler, PageOptions } from './express-pages.ts';

/** Paths of the pages, below the base path. They support GET and HEAD only. */
export const pagePaths = ['', '/', '/docs', '/docs/'];

/**
 * Creates the handler of requests that match no endpoint. It sets the security headers of pages, and restores those
 * of the API before it calls `next`. Express and Swagger UI are imported on the first request, because they take memory
 * that a service without browser clients does not need.
 */
export function createLazyPages(
  options: PageOptions,
  { setPageHeaders, clearPageHeaders }: SecurityHeaders,
): PageHandler {
  let servePage: PageHandler | undefined;
  return (request, response, next) => {
    const passOn = (error?: unknown) => {
      clearPageHeaders(response);
      next(error);
    };
    setPageHeaders(response);
    if (servePage) return servePage(request, response, passOn);
    import('./express-pages.ts')
      .then(({ createExpressPages }) => {
        servePage ??= createExpressPages(options);
        servePage(request, response, passOn);
      })
      .catch(passOn);
  };
}
