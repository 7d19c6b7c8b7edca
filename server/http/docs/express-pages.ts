// Express application that serves the console at `/` and Swagger UI at `/docs/`. Pages refer to their files by relative
// URLs, which also apply below a base path.

import { readFileSync } from 'node:fs';
import express from 'express';
import swaggerUi from 'swagger-ui-express';
import type { ServiceRequest, ServiceResponse } from '../request/request.ts';
import { consoleFolder, hasConsole } from './console-files.ts';

/** Serves a page, or calls `next`: without an argument if the path has no page, with an error if serving failed. */
export type PageHandler = (request: ServiceRequest, response: ServiceResponse, next: (error?: unknown) => void) => void;

/** Creates the Express application of the pages. @param basePath as in `ServiceRequest` */
export function createExpressPages(basePath: string): PageHandler {
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
  app.get('/docs/', (_request, response) => {
    revalidate(response);
    response.type('html').send(documentationPage);
  });
  // For this path swagger-ui-express sends a plain 404, which bypasses the problem response.
  app.get('/docs/package.json', (_request, _response, next) => next('router'));
  app.use('/docs/', swaggerUi.serveFiles(undefined, { swaggerOptions }));
  app.use(
    '/assets',
    express.static(`${consoleFolder}/assets`, { immutable: true, maxAge: '1y', index: false, redirect: false }),
  );
  app.use(express.static(consoleFolder, { cacheControl: false, redirect: false, setHeaders: revalidate }));
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

const swaggerOptions = {
  url: '../openapi.json',
  // `StandaloneLayout` adds a top bar in which a user could load any other document.
  layout: 'BaseLayout',
  displayRequestDuration: true,
  tryItOutEnabled: true,
  // The default loads a validator badge from swagger.io for every document that is not on localhost.
  validatorUrl: null,
};

/**
 * Replaces the page of swagger-ui-express, whose inline styles violate the Content-Security-Policy of pages. Its
 * colours are light only, because the dark ones of Swagger UI are switched on by `StandaloneLayout`.
 */
const documentationPage = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="only light">
<title>Order workflow service: API</title>
<link rel="icon" href="./favicon-32x32.png" type="image/png">
<link rel="stylesheet" href="./swagger-ui.css">
<link rel="stylesheet" href="./index.css">
</head>
<body>
<div id="swagger-ui"></div>
<script src="./swagger-ui-bundle.js"></script>
<script src="./swagger-ui-standalone-preset.js"></script>
<script src="./swagger-ui-init.js"></script>
</body>
</html>
`;
