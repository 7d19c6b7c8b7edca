// Reads the configuration from environment variables. All errors are collected before the service starts.

import { z } from 'zod';
import { StartupError } from '../shared/startup-error.ts';
import {
  type Authentication,
  authenticationVariables,
  findConflicts,
  hasVerificationKey,
  toAuthentication,
} from './authentication.ts';
import { type DatabaseConfig, databaseVariables, toDatabaseConfig } from './database.ts';
import { findHttpConflicts, type HttpConfig, httpVariables, toHttpConfig } from './http.ts';
import { findMisspelledVariables } from './misspelled-variables.ts';
import { type Timeouts, timeouts } from './timeouts.ts';
import { toValidationConfig, type ValidationConfig, validationVariables } from './validation.ts';
import { describeIssues, integerVariable, pickDefined } from './variables.ts';
import { toWebhookConfig, type WebhookConfig, webhookVariables } from './webhooks.ts';

const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

const environmentSchema = z.object({
  HOST: z.string().min(1).default('127.0.0.1'),
  PORT: integerVariable(0, 65_535).default(8000),
  ...databaseVariables,
  ...authenticationVariables,
  SEPARATION_OF_DUTIES: z.enum(['on', 'off'], 'must be on or off').optional(),
  ...validationVariables,
  ...httpVariables,
  ...webhookVariables,
  SHUTDOWN_DELAY_MS: integerVariable(0, 600_000).default(0),
  LOG_LEVEL: z.enum(logLevels, `must be one of ${logLevels.join(', ')}`).default('info'),
});

export type Config = DatabaseConfig &
  ValidationConfig &
  HttpConfig &
  WebhookConfig &
  Timeouts & {
    /** The address to listen on; IPv6 addresses without brackets. */
    host: string;
    /** 0: any free port. */
    port: number;
    /** Undefined: requests need no token. */
    authentication: Authentication | undefined;
    /** Whether a verification key is configured that AUTH=off disables. */
    hasUnusedKey: boolean;
    /** Whether the contributors of an order may not approve it. */
    hasSeparationOfDuties: boolean;
    /** During shutdown, how long readiness reports 503 before the service stops accepting requests, in milliseconds. */
    shutdownDelayMs: number;
    logLevel: (typeof logLevels)[number];
  };

/**
 * Reads the configuration from environment variables. Empty variables count as absent.
 * @throws StartupError with one reason for each invalid variable
 */
export function readConfig(environment: Record<string, string | undefined>): Config {
  const variables = pickDefined(environment);
  const { data, error } = environmentSchema.safeParse(variables);
  const reasons = [...describeIssues(error), ...findConflicts(variables), ...(data ? findHttpConflicts(data) : [])];
  if (!data || reasons.length > 0) throw new StartupError(reasons);
  const authentication = toAuthentication(data);
  return {
    host: data.HOST.replace(/^\[(.*)\]$/, '$1'),
    port: data.PORT,
    authentication,
    hasUnusedKey: data.AUTH === 'off' && hasVerificationKey(variables),
    hasSeparationOfDuties: (data.SEPARATION_OF_DUTIES ?? (authentication ? 'on' : 'off')) === 'on',
    ...toDatabaseConfig(data),
    ...toValidationConfig(data),
    ...toHttpConfig(data),
    ...toWebhookConfig(data),
    shutdownDelayMs: data.SHUTDOWN_DELAY_MS,
    logLevel: data.LOG_LEVEL,
    ...timeouts,
  };
}

/** Returns one sentence for each variable that is set and whose name resembles that of a variable of the service. */
export function findProbableMistakes(environment: Record<string, string | undefined>): string[] {
  return findMisspelledVariables(Object.keys(environment), Object.keys(environmentSchema.shape));
}
