// Parses the URL of a database: settings of the session are set after connecting, not by startup parameters.

/** The URL of a database, apart from what it sets. */
export type ParsedDatabaseUrl = {
  /** The URL without the settings. */
  url: string;
  /** The settings of the parameter `options`, in their order. */
  settings: [name: string, value: string][];
  /** The rest of `options`, which can be sent only when connecting. */
  startupOptions: string;
};

/** Parameters that the service sets itself. `pg` would send them when connecting. */
const serviceParameters = ['statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout'];

/** `-c name=value` or `--name=value`; a backslash escapes a space (postgresql.org/docs/18/libpq-connect.html). */
const settingPattern = /(?<=^|\s)(?:-c\s*|--)([\w.-]+)=((?:\\.|[^\\\s])*)/g;

/**
 * Parses the URL of a database, and removes `options` and the timeouts from it.
 * @throws TypeError the URL is invalid
 */
export function parseDatabaseUrl(databaseUrl: string): ParsedDatabaseUrl {
  const url = new URL(databaseUrl);
  const options = url.searchParams.get('options') ?? '';
  for (const name of ['options', ...serviceParameters]) url.searchParams.delete(name);
  const settings = [...options.matchAll(settingPattern)].map(([, name = '', value = '']): [string, string] => [
    name.replaceAll('-', '_'),
    value.replaceAll(/\\(.)/g, '$1'),
  ]);
  return { url: url.href, settings, startupOptions: options.replaceAll(settingPattern, '').trim() };
}
