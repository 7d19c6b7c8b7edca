// Prepared statements: their names, and how an outdated one is recognized. A named statement is parsed once per
// connection.

import { hasErrorCode } from '../../../shared/error-code.ts';

/** The texts are few, because they are constant. */
const names = new Map<string, string>();

/** The characters of a text that its name contains, for `pg_prepared_statements`. Names should be below 64 bytes. */
const maxTextLength = 40;

/** Returns the name of a text that never varies. */
export function getStatementName(text: string): string {
  const known = names.get(text);
  if (known !== undefined) return known;
  const name = `${names.size} ${text.slice(0, maxTextLength)}`;
  names.set(text, name);
  return name;
}

/** SQLSTATE feature_not_supported (the result type has changed) and invalid_sql_statement_name. */
const outdatedCodes = ['0A000', '26000'];

/** Whether a prepared statement no longer matches the schema, which a newer node has changed, or does not exist. */
export function isOutdatedStatement(error: unknown): boolean {
  return hasErrorCode(error, ...outdatedCodes);
}
