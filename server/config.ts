// The configuration: the one place that knows the variables of the environment. Every fault is found at once, before anything starts.

import { availableParallelism } from 'node:os';
import { z } from 'zod';
import { isLoopback } from './loopback.ts';
import { StartError } from './start-error.ts';

function integerText(min: number, max: number) {
  const message = `must be an integer from ${min} to ${max}`;
  return z
    .string()
    .regex(/^\d{1,15}$/, message)
    .transform(Number)
    .refine((value) => value >= min && value <= max, message);
}

/** Names separated by commas. Names of hosts are the same in any case. */
const hostsText = z.string().transform((value) =>
  value
    .toLowerCase()
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== ''),
);

const sqlitePath = z
  .string()
  .regex(/^sqlite:.+/, 'must begin with sqlite: and name a file, as in sqlite:./data/orders.db')
  .refine((value) => !value.includes(':memory:'), 'must name a file: orders in memory would be lost')
  .transform((value) => value.replace(/^sqlite:(\/\/(?=\/))?/, ''));

const connectionLimits = {
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  checkIntervalMs: 1_000,
  // Longer than load balancers keep theirs, which is a minute, so that they do not send a request on one that closes.
  keepAliveTimeoutMs: 65_000,
  stalledTimeoutMs: 60_000,
  maxConnections: 10_000,
};

const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

const environmentSchema = z
  .object({
    HOST: z.string().min(1).default('127.0.0.1'),
    PORT: integerText(0, 65_535).default(8000),
    DATABASE_URL: sqlitePath.default('./data/orders.db'),
    AUTH: z.enum(['off'], "must be 'off': there is no other way yet").optional(),
    SEPARATION_OF_DUTIES: z.enum(['on', 'off']).default('off'),
    VALIDATION_POLICY: z.string().min(1).optional(),
    VALIDATION_TIMEOUT_MS: integerText(10, 600_000).default(5_000),
    VALIDATION_ATTEMPTS: integerText(1, 100).default(5),
    VALIDATION_THREADS: integerText(1, 64).default(Math.max(1, availableParallelism() - 1)),
    MAX_BODY_BYTES: integerText(1_024, 104_857_600).default(262_144),
    ALLOWED_HOSTS: hostsText.default([]),
    SHUTDOWN_DELAY_MS: integerText(0, 600_000).default(0),
    LOG_LEVEL: z.enum(logLevels).default('info'),
  })
  .superRefine(({ HOST, AUTH }, context) => {
    if (isLoopback(HOST) || AUTH === 'off') return;
    const message = `'${HOST}' opens the service to others: say AUTH=off if nobody shall be asked who they are`;
    context.addIssue({ code: 'custom', path: ['HOST'], message });
  });

export type Config = ReturnType<typeof readConfig>;

/**
 * Reads the configuration from the variables of an environment; empty ones count as absent.
 * @throws StartError naming each variable that cannot be used, and why
 */
export function readConfig(environment: Record<string, string | undefined>) {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const { success, data, error } = environmentSchema.safeParse(given);
  if (!success) throw new StartError(error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`));
  return {
    host: data.HOST.replace(/^\[(.*)\]$/, '$1'),
    port: data.PORT,
    databasePath: data.DATABASE_URL,
    dutiesAreSeparate: data.SEPARATION_OF_DUTIES === 'on',
    policyPath: data.VALIDATION_POLICY,
    validationTimeoutMs: data.VALIDATION_TIMEOUT_MS,
    validationAttempts: data.VALIDATION_ATTEMPTS,
    validationThreads: data.VALIDATION_THREADS,
    maxBodyBytes: data.MAX_BODY_BYTES,
    allowedHosts: data.ALLOWED_HOSTS,
    shutdownDelayMs: data.SHUTDOWN_DELAY_MS,
    logLevel: data.LOG_LEVEL,
    /** How long, at the stop, a connection without a request is kept. */
    idleGraceMs: 500,
    limits: connectionLimits,
    /** How long a claim on a validation holds without a sign of life. */
    leaseMs: 15_000,
    /** The longest time between two looks at the queue. */
    pollMs: 1_000,
    reconcileMs: 60_000,
    /** How often answers are forgotten that nobody may ask for any more. */
    forgetMs: 600_000,
  };
}
