// Configuration of the HTTP server: body size, rate limits, trusted proxies, hosts and origins.

import { isIPv6 } from 'node:net';
import { z } from 'zod';
import { contract } from '../../contract/index.ts';
import { normalizeHost } from '../shared/authority.ts';
import { isNetwork } from '../shared/networks.ts';
import { integerVariable, parseList } from './variables.ts';

/** How many requests one caller may send in a minute. */
export type RateLimit = {
  /** GET and HEAD. */
  reads: number;
  /** All other methods. */
  writes: number;
};

/** The number of proxies in front of the service, or their addresses, networks in CIDR notation, or `loopback`. */
export type TrustedProxies = number | readonly string[];

export type HttpConfig = {
  /** The path at which clients reach the service, as in `/orders-service`; empty: the root. */
  basePath: string;
  /** The largest request body, in bytes. */
  maxBodyBytes: number;
  /** Undefined: no limit. */
  rateLimit: RateLimit | undefined;
  /** Undefined: no proxy is trusted, and forwarding headers are ignored. */
  trustedProxies: TrustedProxies | undefined;
  isHttpsRequired: boolean;
  /** Origins whose pages may call the service, besides its own. */
  corsOrigins: string[];
  /** Hosts besides loopback that requests may be addressed to, as `normalizeHost` returns them. */
  allowedHosts: string[];
  /** The most bytes buffered for the client of one event stream; a stream that exceeds them is closed. */
  maxStreamBacklogBytes: number;
  /** The most event streams of one caller. */
  maxStreamsPerCaller: number;
  /** The most connections of one network that is not a trusted proxy. */
  maxConnectionsPerAddress: number;
  /** The most unread bytes of all responses together. */
  maxBufferedBytes: number;
  /** The most unread bytes of the responses to one caller. */
  maxBufferedBytesPerCaller: number;
};

/** Names and addresses in the form in which they are compared; IPv6 addresses with or without brackets. */
const hostsText = z.string().transform((value, context): string[] =>
  parseList(value).flatMap((text) => {
    const authority = isIPv6(text) ? `[${text}]` : text;
    const host = /[*]|:\d*$/.test(authority) ? undefined : normalizeHost(authority);
    if (host === undefined) {
      context.addIssue(`must be host names without scheme, port and wildcards; '${text}' is not a host name`);
    }
    return host ?? [];
  }),
);

const defaultRateLimit: RateLimit = { reads: 6_000, writes: 1_200 };
const rateLimitMessage = 'must be on, off, or as in reads=6000,writes=1200, each from 1 to 1000000000';

/** `on`, `off`, or one or both rates; an absent rate has its default. Undefined: off. */
const rateLimitText = z.string().transform((value, context): RateLimit | undefined => {
  if (value === 'off') return undefined;
  const entries = value === 'on' ? [] : parseList(value).map(parseRate);
  const isInvalid = entries.includes(undefined) || (value !== 'on' && entries.length === 0);
  const rates = Object.fromEntries(entries.filter((entry) => entry !== undefined));
  const hasDuplicates = Object.keys(rates).length < entries.length;
  if (isInvalid || hasDuplicates) context.addIssue(rateLimitMessage);
  return { ...defaultRateLimit, ...rates };
});

function parseRate(text: string): [name: string, rate: number] | undefined {
  const [, name = '', digits] = /^(reads|writes)=(\d{1,10})$/.exec(text) ?? [];
  const rate = Number(digits);
  return rate >= 1 && rate <= 1_000_000_000 ? [name, rate] : undefined;
}

/** Origins as browsers serialize them (RFC 6454, section 6.2): scheme, host, and the port if it is not the default. */
const originsText = z.string().transform((value, context) => {
  const origins = parseList(value);
  for (const origin of origins.filter((text) => !isOrigin(text))) {
    context.addIssue(`must be origins as in https://app.example, separated by commas; '${origin}' is not an origin`);
  }
  return origins;
});

function isOrigin(text: string): boolean {
  return /^https?:[^*]+$/.test(text) && URL.canParse(text) && new URL(text).origin === text;
}

const proxiesMessage =
  'must be a number of proxies from 1 to 10, or addresses, networks as in 10.0.0.0/8, and loopback';

const proxiesText = z.string().transform((value, context): TrustedProxies => {
  if (/^([1-9]|10)$/.test(value)) return Number(value);
  const networks = parseList(value);
  if (networks.length === 0 || !networks.every(isNetwork)) context.addIssue(proxiesMessage);
  return networks;
});

/** The first segments of the paths of the service itself. */
const ownSegments: ReadonlySet<string | undefined> = new Set([
  ...['assets', 'docs'],
  ...Object.values(contract).flatMap((routes) => Object.values(routes).map(({ path }) => path.split('/')[1])),
]);

/**
 * A path of unreserved characters (RFC 3986, section 2.3). Requests may come with or without it, so it must not begin
 * like a path of the service.
 */
const basePathText = z.string().transform((value, context): string => {
  const path = value.replace(/\/$/, '');
  const segments = path.split('/').slice(1);
  const isPath = path === '' || /^(\/[\w.~-]+)+$/.test(path);
  if (!isPath || segments.some((segment) => segment === '.' || segment === '..')) {
    context.addIssue('must be a path as in /orders-service, of letters, digits and the characters - . _ ~');
  }
  if (ownSegments.has(segments[0])) {
    context.addIssue(`must not begin with /${segments[0]}, which is a path of the service itself`);
  }
  return path;
});

export const httpVariables = {
  BASE_PATH: basePathText.default(''),
  MAX_BODY_BYTES: integerVariable(1_024, 104_857_600).default(262_144),
  RATE_LIMIT: rateLimitText.prefault('on'),
  TRUST_PROXY: proxiesText.optional(),
  REQUIRE_HTTPS: z.enum(['on', 'off'], 'must be on or off').default('off'),
  CORS_ORIGINS: originsText.default([]),
  ALLOWED_HOSTS: hostsText.default([]),
  MAX_STREAMS_PER_CALLER: integerVariable(1, 100_000).default(100),
  MAX_CONNECTIONS_PER_ADDRESS: integerVariable(1, 100_000).default(1_000),
  MAX_BUFFERED_BYTES: integerVariable(2_097_152, 17_179_869_184).default(67_108_864),
  /** By default 16 MiB, or less if `MAX_BUFFERED_BYTES` is less. */
  MAX_BUFFERED_BYTES_PER_CALLER: integerVariable(2_097_152, 17_179_869_184).optional(),
};

type Values = z.infer<z.ZodObject<typeof httpVariables>>;

export function toHttpConfig(values: Values): HttpConfig {
  return {
    basePath: values.BASE_PATH,
    maxBodyBytes: values.MAX_BODY_BYTES,
    rateLimit: values.RATE_LIMIT,
    trustedProxies: values.TRUST_PROXY,
    isHttpsRequired: values.REQUIRE_HTTPS === 'on',
    corsOrigins: values.CORS_ORIGINS,
    allowedHosts: values.ALLOWED_HOSTS,
    maxStreamBacklogBytes: 1_048_576,
    maxStreamsPerCaller: values.MAX_STREAMS_PER_CALLER,
    maxConnectionsPerAddress: values.MAX_CONNECTIONS_PER_ADDRESS,
    maxBufferedBytes: values.MAX_BUFFERED_BYTES,
    maxBufferedBytesPerCaller: values.MAX_BUFFERED_BYTES_PER_CALLER ?? Math.min(16_777_216, values.MAX_BUFFERED_BYTES),
  };
}

/** Returns one sentence for each conflict between several variables. */
export function findHttpConflicts(values: Values): string[] {
  const { MAX_BUFFERED_BYTES: total, MAX_BUFFERED_BYTES_PER_CALLER: perCaller = 0 } = values;
  if (perCaller <= total) return [];
  return [`MAX_BUFFERED_BYTES_PER_CALLER: must not exceed MAX_BUFFERED_BYTES, which is ${total}`];
}
