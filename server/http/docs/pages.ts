// The pages for people: which there are, and what answers them.

import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { SecurityHeaders } from '../guards/security-headers.ts';
import type { ServiceRequest, ServiceResponse } from '../request/request.ts';

/** Answers a request for a page, or hands it on: with an error where one was thrown. */
export type Pages = (request: ServiceRequest, response: ServiceResponse, next: (error?: unknown) => void) => void;

/** The paths of pages, which know GET alone. */
export const pagePaths = ['/', '/docs', '/docs/'];

/** Where the files of the console are. */
export const consoleFolder = fileURLToPath(new URL('../../../web/dist', import.meta.url));

/** Whether the console has been built. */
export function hasConsole(): boolean {
  return existsSync(`${consoleFolder}/index.html`);
}

/**
 * Pages with the headers that belong on them, which come off again where there is none. What serves them is large, and
 * is loaded with the first of them: a service that programs alone use needs none of it.
 */
export function createLazyPages({ setPageHeaders, clearPageHeaders }: SecurityHeaders): Pages {
  let pages: Pages | undefined;
  return (request, response, next) => {
    const handOn = (error?: unknown) => {
      clearPageHeaders(response);
      next(error);
    };
    setPageHeaders(response);
    if (pages) return pages(request, response, handOn);
    import('./express-pages.ts')
      .then(({ createPages }) => {
        pages ??= createPages();
        pages(request, response, handOn);
      })
      .catch(handOn);
  };
}
