// The step that serves pages: the console and the API documentation.

import type { PageOptions } from '../docs/express-pages.ts';
import { createLazyPages } from '../docs/pages.ts';
import type { SecurityHeaders } from '../guards/security-headers.ts';
import type { Step } from '../pipeline.ts';

/** Creates the step that serves pages. Its promise resolves only if there is no page: then the next step runs. */
export function createPageServer(options: PageOptions, securityHeaders: SecurityHeaders): Step {
  const servePage = createLazyPages(options, securityHeaders);
  return (request, response) => {
    // Express would respond to OPTIONS itself, and list the methods of pages only.
    if (request.method === 'OPTIONS') return undefined;
    // Express finds pages by the URL, which can have the base path and a host.
    request.url = `${request.pathname || '/'}${request.search === '' ? '' : `?${request.search}`}`;
    return new Promise((resolve, reject) => {
      servePage(request, response, (error) => (error ? reject(error) : resolve()));
    });
  };
}
