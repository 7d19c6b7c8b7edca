// The URL of the service that serves the console.

// The scripts are in `assets/`, or in folders of `web/` during development. Vite would take the expression
// `new URL('..', import.meta.url)` for the name of a file.
const scriptUrl = import.meta.url;

/** With a trailing slash. It does not depend on the URL of the page, which proxies may serve without a slash. */
export const serviceUrl = new URL('..', scriptUrl).href;
