// What serves pages: Express, with the files of the console at `/` and Swagger UI at `/docs`.

import express from 'express';
import swaggerUi from 'swagger-ui-express';
import { consoleFolder, type Pages } from './pages.ts';

export function createPages(): Pages {
  const app = express();
  app.disable('x-powered-by').disable('etag').enable('strict routing').enable('case sensitive routing');
  app.get('/docs', (_request, response) => response.redirect(308, '/docs/'));
  app.get('/docs/', (_request, response) => {
    revalidate(response);
    response.type('html').send(documentationPage);
  });
  // What serves the files would answer by itself that this one is none of them.
  app.get('/docs/package.json', (_request, _response, next) => next('router'));
  app.use('/docs/', swaggerUi.serveFiles(undefined, { swaggerOptions }));
  app.use(
    '/assets',
    express.static(`${consoleFolder}/assets`, { immutable: true, maxAge: '1y', index: false, redirect: false }),
  );
  app.use(express.static(consoleFolder, { cacheControl: false, redirect: false, setHeaders: revalidate }));
  // Express makes a request and a response of Node's into its own.
  return app as unknown as Pages;
}

/** The names of the assets change with their contents; the page that names them has to be asked for each time. */
function revalidate(response: { setHeader(name: string, value: string): void }): void {
  response.setHeader('Cache-Control', 'no-cache');
}

const swaggerOptions = {
  url: '/openapi.json',
  // The other one has a bar on top, in which any document can be asked for.
  layout: 'BaseLayout',
  displayRequestDuration: true,
  tryItOutEnabled: true,
  // Otherwise a badge asks another company's server about every document that is not on this machine.
  validatorUrl: null,
};

/** The page of Swagger UI. The one that comes with it has styles in it, which the policy of pages does not allow. */
const documentationPage = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
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
