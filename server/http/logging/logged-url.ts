// The URL of a request as it is logged. Clients put tokens, API keys and passwords into URLs, under any name, so only
// the parameters that the endpoint defines are logged.

import type { ServiceRequest } from '../request/request.ts';

/** Replaces everything that may be a secret. */
const redacted = '…';

/** The most characters of a URL that are logged. */
const maxLength = 1_000;

const noParameters: ReadonlySet<string> = new Set();

/** Delimiters after which a client may have put parameters, plain or percent-encoded: `#`, `&`, `;`, `=`, `?`. */
const pathEnd = /[#&;=?]|%(?:23|26|3b|3d|3f)/i;

/** Returns the path and the known parameters. An unknown parameter, including its name, is replaced by `…`. */
export function toLoggedUrl(request: ServiceRequest): string {
  const url = redactUrl(request);
  return url.length > maxLength ? url.slice(0, maxLength) + redacted : url;
}

function redactUrl({ pathname, search, endpoint }: ServiceRequest): string {
  const path = redactTokens(cutPath(pathname));
  if (search === '') return path;
  const known = endpoint?.target.queryParameters ?? noParameters;
  const parts = search
    .split('&')
    .map((part) => (known.has(part.split('=', 1)[0] ?? '') ? redactTokens(part) : redacted));
  return `${path}?${[...new Set(parts)].join('&')}`;
}

function cutPath(pathname: string): string {
  const end = pathname.search(pathEnd);
  return end < 0 ? pathname : pathname.slice(0, end) + redacted;
}

/** JSON Web Tokens begin with `{"` in base64url. */
function redactTokens(text: string): string {
  return text.includes('eyJ') ? text.replace(/eyJ[\w.-]*/g, 'eyJ…') : text;
}
