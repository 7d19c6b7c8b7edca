// The headers of requests.

import { eventStreamType } from '../../contract/media-types.ts';
import { version } from '../generated/version.ts';
import type { ClientOptions, CommandOptions, RevalidationOptions } from '../options.ts';

/** The headers of one request, apart from the token. */
type HeaderSource = {
  isStream: boolean;
  hasBody: boolean;
  clientHeaders: Record<string, string> | undefined;
  /** Headers of this request, each set taking precedence over the previous one and over those of the client. */
  ownHeaders: readonly (Record<string, string> | undefined)[];
};

/** Creates the headers. Later headers take precedence over earlier ones; names are compared case-insensitively. */
export function createHeaders({ isStream, hasBody, clientHeaders, ownHeaders }: HeaderSource): Headers {
  const accepted = isStream ? eventStreamType : 'application/json';
  const headers = new Headers({ accept: `${accepted}, application/problem+json` });
  if (hasBody) headers.set('content-type', 'application/json');
  if (userAgent !== undefined) headers.set('user-agent', userAgent);
  for (const set of [clientHeaders, ...ownHeaders]) {
    for (const [name, value] of Object.entries(set ?? {})) headers.set(name, value);
  }
  return headers;
}

/** Adds the token, unless the headers contain another authorization. */
export async function addToken(headers: Headers, { token }: ClientOptions): Promise<Headers> {
  if (headers.has('authorization')) return headers;
  const text = typeof token === 'function' ? await token() : token;
  if (text !== undefined) headers.set('authorization', `Bearer ${text}`);
  return headers;
}

/** Returns the headers of the options that make a request conditional or idempotent. */
export function toConditionHeaders(options: CommandOptions & Partial<RevalidationOptions>): Record<string, string> {
  const { ifMatch, ifNoneMatch, idempotencyKey } = options;
  return {
    ...(ifMatch === undefined ? {} : { 'if-match': `"${ifMatch}"` }),
    ...(ifNoneMatch === undefined
      ? {}
      : { 'if-none-match': typeof ifNoneMatch === 'number' ? `"${ifNoneMatch}"` : ifNoneMatch }),
    ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
  };
}

/** Undefined in browsers: they send their own, and a changed one causes preflight requests. */
const userAgent = createUserAgent();

function createUserAgent(): string | undefined {
  const { process, document } = globalThis as { process?: { versions?: { node?: string } }; document?: unknown };
  const node = process?.versions?.node;
  return node === undefined || document !== undefined ? undefined : `order-workflow-client/${version} node/${node}`;
}
