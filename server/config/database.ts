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

/** Forms that other programs accept, and that would name another file here. */
const unsupportedForms: readonly (readonly [form: RegExp, message: string])[] = [
  [/:memory:/, 'must name a file: orders in memory would be lost'],
  [/^sqlite:file:/, 'must not contain "file:": write sqlite: and a path, as in sqlite:/data/orders.db'],
  [/^sqlite:\/\/[^/]/, 'must not contain a host: write sqlite:data/orders.db or sqlite:/data/orders.db'],
  [/^sqlite:(\/\/)?~/, 'must not contain "~", which is not expanded: write the absolute path'],
  [/^sqlite:.*\$[{A-Za-z_]/, 'must not contain a variable such as $HOME, which is not expanded: write the path'],
  [/^sqlite:[\s\S]*[?#]/, 'must not contain options such as "?mode=ro", or "#": write sqlite: and a path'],
  [/^sqlite:.*%[0-9A-Fa-f]{2}/, 'must not be percent-encoded as in "%20": write the path as it is'],
  [/^sqlite:\s|\s$/, 'must not begin or end with a blank'],
  [/^sqlite:.*[/\\]\.{0,2}$|^sqlite:\.{1,2}$/, 'must name a file, not a folder'],
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these characters are refused.
  [/^sqlite:[\s\S]*[\u0000-\u001f]/, 'must not contain control characters'],
];

/** Error messages must not repeat the value: it may contain a password. */
const databaseUrl = z
  .string()
  .refine((value) => /^sqlite:[\s\S]+/.test(value) || isPostgresUrl(value), urlMessage)
  .superRefine((value, context) => {
    if (isPostgresUrl(value)) return;
    const message = unsupportedForms.find(([form]) => form.test(value))?.[1];
    if (message !== undefined) context.addIssue({ code: 'custom', message });
  })
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
