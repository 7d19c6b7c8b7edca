// The API page: Swagger UI with the document of this service.

import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The scripts and the style sheet that this service adds to Swagger UI. */
export const apiPageFolder = join(import.meta.dirname, 'swagger-ui');

/** The package of Swagger UI. */
export const swaggerUiFolder = dirname(fileURLToPath(import.meta.resolve('swagger-ui-dist/package.json')));

/** The files of {@link swaggerUiFolder} that the page loads. */
export const swaggerUiFiles = ['swagger-ui.css', 'swagger-ui-bundle.js', 'favicon-32x32.png'];

/**
 * Creates the page. It has no inline scripts or styles, which the Content-Security-Policy of pages forbids.
 * @param hasAuthentication whether requests need a token
 */
export function createApiPage(hasAuthentication: boolean): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Order workflow service: API</title>
<link rel="icon" href="./favicon-32x32.png" type="image/png">
<link rel="stylesheet" href="./swagger-ui.css">
<link rel="stylesheet" href="./api-page.css">
</head>
<body>
<div id="swagger-ui" data-authentication="${hasAuthentication ? 'required' : 'none'}"></div>
<script src="./swagger-ui-bundle.js"></script>
<script type="module" src="./api-page.js"></script>
</body>
</html>
`;
}
