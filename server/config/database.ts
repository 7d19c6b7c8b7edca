// Configuration of the database.

import { z } from 'zod';
import { StartupError } from '../shared/startup-error.ts';
import { describeIssues, integerVariable, pickDefined } from './variables.ts';

export type DatabaseConfig = {
  /** `sqlite:` and a path, or the URL of a PostgreSQL database. */
  databaseUrl: string;
  /** The number of connections to PostgreSQL that read and write. */
  databasePoolSize: number;
};

const urlMessage = 'must name a file, as in sqlite:./data/orders.db, or a database, as in postgres://user@host/orders';

/** Error messages must not repeat the value: it may contain a password. */
const databaseUrl = z
  .string()
  .refine((value) => /^sqlite:.+/.test(value) || isPostgresUrl(value), urlMessage)
  .refine((value) => !value.includes(':memory:'), 'must name a file: orders in memory would be lost')
  .transform((value) => value.replace(/^sqlite:\/\/(?=\/)/, 'sqlite:'));

function isPostgresUrl(value: string): boolean {
  return /^postgres(ql)?:\/\//.test(value) && URL.canParse(value);
}

export const databaseVariables = {
  DATABASE_URL: databaseUrl.default('sqlite:./data/orders.db'),
  DATABASE_POOL_SIZE: integerVariable(3, 1_000).default(10),
};

type Values = z.infer<z.ZodObject<typeof databaseVariables>>;

export function toDatabaseConfig(values: Values): DatabaseConfig {
  return { databaseUrl: values.DATABASE_URL, databasePoolSize: values.DATABASE_POOL_SIZE };
}

/**
 * Reads only the variables of the database. Other variables may be invalid.
 * @throws StartupError with one reason for each invalid variable
 */
export function readDatabaseConfig(environment: Record<string, string | undefined>): DatabaseConfig {
  const { data, error } = z.object(databaseVariables).safeParse(pickDefined(environment));
  if (!data) throw new StartupError(describeIssues(error));
  return toDatabaseConfig(data);
}
