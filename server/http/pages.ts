// The pages for people: the console at `/`, Swagger UI at `/docs`.

import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import express, { type Express } from 'express';
import swaggerUi from 'swagger-ui-express';

/** The paths of pages, which know GET alone. */
export const pagePaths = ['/', '/docs', '/docs/'];

const consoleFolder = fileURLToPath(new URL('../../web/dist', import.meta.url));

/** Whether the console has been built. */
export function hasConsole(): boolean {
  return existsSync(`${consoleFolder}/index.html`);
}

export function registerPages(app: Express): void {
  app.get('/docs', (_request, response) => response.redirect(308, '/docs/'));
  app.get('/docs/', swaggerUi.setup(undefined, swaggerOptions));
  app.use('/docs/', swaggerUi.serve);
  app.use(
    '/assets',
    express.static(`${consoleFolder}/assets`, { immutable: true, maxAge: '1y', index: false, redirect: false }),
  );
  app.use(express.static(consoleFolder, { cacheControl: false, redirect: false, setHeaders: revalidate }));
}

/** The names of the assets change with their contents; the page that names them has to be asked for each time. */
function revalidate(response: { setHeader(name: string, value: string): void }): void {
  response.setHeader('Cache-Control', 'no-cache');
}

const swaggerOptions = {
  customSiteTitle: 'Order workflow service: API',
  // Otherwise a badge asks another company's server about every document that is not on this machine.
  swaggerOptions: { url: '/openapi.json', displayRequestDuration: true, tryItOutEnabled: true, validatorUrl: null },
};
