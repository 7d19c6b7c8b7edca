// @ts-check
// Starts Swagger UI on the API page.

import { fetchBriefly } from './brief-stream.js';
import { createPathParametersPlugin, singleServerPlugin, withoutTokensPlugin } from './plugins.js';

const root = /** @type {HTMLElement} */ (document.getElementById('swagger-ui'));
const requiresTokens = root.dataset.authentication === 'required';
/** @type {any} the global of swagger-ui-bundle.js */
const { SwaggerUIBundle } = globalThis;

const darkScheme = matchMedia('(prefers-color-scheme: dark)');
const showScheme = () => document.documentElement.classList.toggle('dark-mode', darkScheme.matches);
darkScheme.addEventListener('change', showScheme);
showScheme();

SwaggerUIBundle({
  domNode: root,
  url: '../openapi.json',
  deepLinking: true,
  presets: [SwaggerUIBundle.presets.apis],
  plugins: [
    createPathParametersPlugin({
      storage: sessionStorage,
      storageKey: `resources of ${location.pathname}`,
      readsCollections: !requiresTokens,
    }),
    singleServerPlugin,
    ...(requiresTokens ? [] : [withoutTokensPlugin]),
  ],
  // `StandaloneLayout` adds a top bar in which a user could load any other document.
  layout: 'BaseLayout',
  displayRequestDuration: true,
  tryItOutEnabled: true,
  // The list of schemas is longer than the rest of the page.
  defaultModelsExpandDepth: 0,
  // The default loads a validator badge from swagger.io for every document that is not on localhost.
  validatorUrl: null,
  requestInterceptor: (/** @type {any} */ request) => {
    const isStream = request.headers?.accept === 'text/event-stream';
    request.curlOptions = isStream ? ['--no-buffer'] : [];
    if (isStream) request.userFetch = fetchBriefly;
    return request;
  },
});
