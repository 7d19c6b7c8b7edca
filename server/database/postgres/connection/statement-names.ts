// The names of prepared statements. A named statement is parsed once per connection.

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
