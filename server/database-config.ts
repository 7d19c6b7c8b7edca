// The part of the configuration that is about the database.

import { z } from 'zod';
import { integerText } from './config-texts.ts';

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
  DATABASE_POOL_SIZE: integerText(3, 1_000).default(10),
};

export function databaseOf(data: { DATABASE_URL: string; DATABASE_POOL_SIZE: number }) {
  return {
    databaseUrl: data.DATABASE_URL,
    databasePoolSize: data.DATABASE_POOL_SIZE,
    /** How long PostgreSQL may take for a statement, or wait for a lock or for the rest of a transaction. */
    databaseTimeoutMs: 5_000,
  };
}
