// Express application that serves the console at `/` and Swagger UI at `/docs/`. Pages refer to their files by relative
// URLs, which also apply below a base path.

import { readFileSync } from 'node:fs';
import express from 'express';
import type { ServiceRequest, ServiceResponse } from '../request/request.ts';
import { apiPageFolder, createApiPage, swaggerUiFiles, swaggerUiFolder } from './api-page.ts';
import { consoleFolder, hasConsole } from './console-files.ts';

/** Serves a page, or calls `next`: without an argument if the path has no page, with an error if serving failed. */
export type PageHandler = (request: ServiceRequest, response: ServiceResponse, next: (error?: unknown) => void) => void;

export type PageOptions = {
  /** As in `ServiceRequest`. */
  basePath: string;
  /** Whether requests need a token. */
  hasAuthentication: boolean;
};

/** Creates the Express application of the pages. */
export function createExpressPages({ basePath, hasAuthentication }: PageOptions): PageHandler {
  const app = express();
  app.disable('x-powered-by').disable('etag').enable('strict routing').enable('case sensitive routing');
  app.get('/docs', (_request, response) => response.redirect(308, 'docs/'));
  if (basePath !== '' && hasConsole()) {
    const page = readConsolePage(basePath);
    app.get(['/', '/index.html'], (_request, response) => {
      revalidate(response);
      response.type('html').send(page);
    });
  }
  const apiPage = createApiPage(hasAuthentication);
  app.get('/docs/', (_request, response) => {
    revalidate(response);
    response.type('html').send(apiPage);
  });
  const serveSwaggerUi = express.static(swaggerUiFolder, revalidatedFiles);
  app.use('/docs', (request, response, next) =>
    swaggerUiFiles.includes(request.path.slice(1)) ? serveSwaggerUi(request, response, next) : next(),
  );
  app.use('/docs', express.static(apiPageFolder, revalidatedFiles));
  app.use(
    '/assets',
    express.static(`${consoleFolder}/assets`, { immutable: true, maxAge: '1y', index: false, redirect: false }),
  );
  app.use(express.static(consoleFolder, revalidatedFiles));
  // Express changes the prototypes of the Node.js request and response at run time.
  return app as unknown as PageHandler;
}

/**
 * Returns the page of the console with the base path in its URLs: a proxy may serve the page at the base path without a
 * slash, where relative URLs would refer to the parent of the base path.
 */
function readConsolePage(basePath: string): string {
  return readFileSync(`${consoleFolder}/index.html`, 'utf8').replaceAll('="./', `="${basePath}/`);
}

/** Asset names contain a hash of their content. Pages refer to these names, so caches must revalidate the pages. */
function revalidate(response: { setHeader(name: string, value: string): void }): void {
  response.setHeader('Cache-Control', 'no-cache');
}

const revalidatedFiles = { cacheControl: false, redirect: false, setHeaders: revalidate };
