// The pages for people, which Express serves: the console at `/`, Swagger UI at `/docs`.

import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import express, { type NextFunction } from 'express';
import swaggerUi from 'swagger-ui-express';
import type { ServiceRequest, ServiceResponse } from './exchange.ts';

/** The paths of pages, which know GET alone. */
export const pagePaths = ['/', '/docs', '/docs/'];

const consoleFolder = fileURLToPath(new URL('../../web/dist', import.meta.url));

/** Whether the console has been built. */
export function hasConsole(): boolean {
  return existsSync(`${consoleFolder}/index.html`);
}

/** Answers a request for a page, or hands it on: with an error where one was thrown. */
export function createPages(): (request: ServiceRequest, response: ServiceResponse, next: NextFunction) => void {
  const app = express();
  app.disable('x-powered-by').disable('etag').enable('strict routing').enable('case sensitive routing');
  app.get('/docs', (_request, response) => response.redirect(308, '/docs/'));
  app.get('/docs/', swaggerUi.setup(undefined, swaggerOptions));
  app.use('/docs/', swaggerUi.serve);
  app.use(
    '/assets',
    express.static(`${consoleFolder}/assets`, { immutable: true, maxAge: '1y', index: false, redirect: false }),
  );
  app.use(express.static(consoleFolder, { cacheControl: false, redirect: false, setHeaders: revalidate }));
  // Express makes a request and a response of Node's into its own.
  return app as unknown as ReturnType<typeof createPages>;
}

/** The names of the assets change with their contents; the page that names them has to be asked for each time. */
function revalidate(response: { setHeader(name: string, value: string): void }): void {
  response.setHeader('Cache-Control', 'no-cache');
}

const swaggerOptions = {
  customSiteTitle: 'Order workflow service: API',
  // Otherwise a badge asks another company's server about every document that is not on this machine.
  swaggerOptions: {
    url: '/openapi.json',
    displayRequestDuration: true,
    persistAuthorization: true,
    tryItOutEnabled: true,
    validatorUrl: null,
  },
};
