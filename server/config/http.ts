// The part of the configuration that says what is let in, how often, and from where.

import { z } from 'zod';
import { isNetwork, type TrustedProxies } from '../http/guards/client-address.ts';
import type { RateLimit } from '../http/rate-limit/rate-limits.ts';
import { parseList } from './variables.ts';

/** Names of hosts are the same in any case. */
const hostsText = z.string().transform((value) => parseList(value.toLowerCase()));

const usualRateLimit: RateLimit = { reads: 6_000, writes: 1_200 };
const rateLimitMessage = 'must be on, off, or as in reads=6000,writes=1200, each from 1 to 1000000000';

/** `on`, `off`, or how many a minute; what is not said is as usual. Undefined: off. */
const rateLimitText = z.string().transform((value, context): RateLimit | undefined => {
  if (value === 'off') return undefined;
  const entries = value === 'on' ? [] : parseList(value).map(parseRate);
  const isFaulty = entries.includes(undefined) || (value !== 'on' && entries.length === 0);
  const rates = Object.fromEntries(entries.filter((entry) => entry !== undefined));
  if (isFaulty || Object.keys(rates).length < entries.length) context.addIssue(rateLimitMessage);
  return { ...usualRateLimit, ...rates };
});

function parseRate(text: string): [name: string, rate: number] | undefined {
  const [, name = '', digits] = /^(reads|writes)=(\d{1,10})$/.exec(text) ?? [];
  const rate = Number(digits);
  return rate >= 1 && rate <= 1_000_000_000 ? [name, rate] : undefined;
}

/** Exactly as a browser writes it (RFC 6454, section 6.2): scheme, host, and the port where it is not the usual one. */
const originsText = z.string().transform((value, context) => {
  const origins = parseList(value);
  for (const origin of origins.filter((text) => !isOrigin(text))) {
    context.addIssue(`must be origins as in https://app.example, separated by commas, and '${origin}' is none`);
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

export const httpVariables = {
  RATE_LIMIT: rateLimitText.prefault('on'),
  TRUST_PROXY: proxiesText.optional(),
  REQUIRE_HTTPS: z.enum(['on', 'off'], 'must be on or off').default('off'),
  CORS_ORIGINS: originsText.default([]),
  ALLOWED_HOSTS: hostsText.default([]),
};

type Values = z.infer<z.ZodObject<typeof httpVariables>>;

export function toHttpConfig(values: Values) {
  return {
    rateLimit: values.RATE_LIMIT,
    trustedProxies: values.TRUST_PROXY,
    isHttpsRequired: values.REQUIRE_HTTPS === 'on',
    corsOrigins: values.CORS_ORIGINS,
    allowedHosts: values.ALLOWED_HOSTS,
  };
}
