// The configuration, as the variables of the environment say it. Every fault is found at once, before anything starts.

import { availableParallelism } from 'node:os';
import { z } from 'zod';
import { StartupError } from '../shared/startup-error.ts';
import { authenticationVariables, findContradictions, hasVerificationKey, toAuthentication } from './authentication.ts';
import { databaseVariables, toDatabaseConfig } from './database.ts';
import { httpVariables, toHttpConfig } from './http.ts';
import { describeIssues, integerVariable, pickDefined } from './variables.ts';
import { toWebhookConfig, webhookVariables } from './webhooks.ts';

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

const environmentSchema = z.object({
  HOST: z.string().min(1).default('127.0.0.1'),
  PORT: integerVariable(0, 65_535).default(8000),
  ...databaseVariables,
  ...authenticationVariables,
  SEPARATION_OF_DUTIES: z.enum(['on', 'off']).optional(),
  VALIDATION_POLICY: z.string().min(1).optional(),
  VALIDATION_TIMEOUT_MS: integerVariable(10, 600_000).default(5_000),
  VALIDATION_ATTEMPTS: integerVariable(1, 100).default(5),
  VALIDATION_THREADS: integerVariable(1, 64).default(Math.max(1, availableParallelism() - 1)),
  MAX_BODY_BYTES: integerVariable(1_024, 104_857_600).default(262_144),
  ...httpVariables,
  ...webhookVariables,
  SHUTDOWN_DELAY_MS: integerVariable(0, 600_000).default(0),
  LOG_LEVEL: z.enum(logLevels).default('info'),
});

export type Config = ReturnType<typeof readConfig>;

/**
 * Reads the configuration from the variables of an environment; empty ones count as absent.
 * @throws StartError naming each variable that cannot be used, and why
 */
export function readConfig(environment: Record<string, string | undefined>) {
  const given = pickDefined(environment);
  const { data, error } = environmentSchema.safeParse(given);
  const faults = [...describeIssues(error), ...findContradictions(given)];
  if (!data || faults.length > 0) throw new StartupError(faults);
  const authentication = toAuthentication(data);
  return {
    host: data.HOST.replace(/^\[(.*)\]$/, '$1'),
    port: data.PORT,
    authentication,
    /** Whether there is a key that AUTH=off keeps from being used. */
    hasUnusedKey: data.AUTH === 'off' && hasVerificationKey(given),
    ...toDatabaseConfig(data),
    hasSeparationOfDuties: (data.SEPARATION_OF_DUTIES ?? (authentication ? 'on' : 'off')) === 'on',
    policyPath: data.VALIDATION_POLICY,
    validationTimeoutMs: data.VALIDATION_TIMEOUT_MS,
    validationAttempts: data.VALIDATION_ATTEMPTS,
    validationThreads: data.VALIDATION_THREADS,
    maxBodyBytes: data.MAX_BODY_BYTES,
    ...toHttpConfig(data),
    ...toWebhookConfig(data),
    shutdownDelayMs: data.SHUTDOWN_DELAY_MS,
    logLevel: data.LOG_LEVEL,
    /** How long, at the stop, a connection without a request is kept. */
    idleGraceMs: 500,
    limits: connectionLimits,
    /** How long the server of a key set may take to answer. */
    keySetTimeoutMs: 3_000,
    /** How long the receiver of a webhook may take to answer. */
    webhookTimeoutMs: 10_000,
    /** How long a claim on a webhook, on SQLite also one on a validation, holds without a sign of life. */
    leaseMs: 15_000,
    /** The longest time between two looks of whoever waits for work or events. */
    pollMs: 1_000,
    reconcileIntervalMs: 60_000,
    /** How often a stream of events says that it is still there. */
    heartbeatMs: 15_000,
    /** After how long a reader of a stream comes back that has lost its connection. */
    streamRetryMs: 2_000,
    /** How many bytes may wait for the reader of a stream before it is ended. */
    maxStreamBacklogBytes: 1_048_576,
    /** How often nodes that share a database tell each other what they have counted of callers. */
    rateLimitSyncMs: 1_000,
    /** How often old answers and deliveries are forgotten. */
    purgeIntervalMs: 600_000,
  };
}
