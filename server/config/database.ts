// The part of the configuration that is about the database.

import { z } from 'zod';
import { StartupError } from '../shared/startup-error.ts';
import { describeIssues, integerVariable, pickDefined } from './variables.ts';

const forms = 'must name a file, as in sqlite:./data/orders.db, or a database, as in postgres://user@host/orders';

/** A fault does not repeat the value: it may hold a password. */
const databaseUrl = z
  .string()
  .refine((value) => /^sqlite:.+/.test(value) || isPostgresUrl(value), forms)
  .refine((value) => !value.includes(':memory:'), 'must name a file: orders in memory would be lost')
  .transform((value) => value.replace(/^sqlite:\/\/(?=\/)/, 'sqlite:'));

function isPostgresUrl(value: string): boolean {
  return /^postgres(ql)?:\/\//.test(value) && URL.canParse(value);
}

export const databaseVariables = {
  DATABASE_URL: databaseUrl.default('sqlite:./data/orders.db'),
  DATABASE_POOL_SIZE: integerVariable(3, 1_000).default(10),
};

export function toDatabaseConfig(data: { DATABASE_URL: string; DATABASE_POOL_SIZE: number }) {
  return {
    databaseUrl: data.DATABASE_URL,
    databasePoolSize: data.DATABASE_POOL_SIZE,
    /** How long PostgreSQL may take for a statement or wait for a lock; for the rest of a transaction, 0.6 of it. */
    databaseTimeoutMs: 5_000,
  };
}

/**
 * Reads what is about the database alone, for a command that needs nothing else; other variables are not looked at.
 * @throws StartError naming each variable that cannot be used, and why
 */
export function readDatabaseConfig(environment: Record<string, string | undefined>) {
  const { data, error } = z.object(databaseVariables).safeParse(pickDefined(environment));
  if (!data) throw new StartupError(describeIssues(error));
  return toDatabaseConfig(data);
}
