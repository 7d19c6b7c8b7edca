// The settings of a session. They are set after connecting and then verified, because poolers reject startup parameters
// or ignore them without an error.

import { type ClientBase, escapeLiteral, type QueryResult } from 'pg';
import { DatabaseUnavailableError } from '../errors.ts';
import { recordWarnings } from './warnings.ts';

export type SessionOptions = {
  /** Settings that the URL of the database asks for, as name and value. */
  ownSettings: readonly (readonly [name: string, value: string])[];
  isReading: boolean;
  /** The limit for a statement, and for waiting on a lock. 0: no limit. */
  timeoutMs: number;
  /** How long to wait for the response to the settings. */
  responseTimeoutMs: number;
};

/** `isMet`: an SQL condition. */
type Requirement = { name: string; isMet: string; consequence: string };

/**
 * The share of the timeout that a transaction may be idle. Shorter than the lock timeout, so that a waiting node gets
 * the locks of a frozen node before it gives up.
 */
const maxIdleShare = 0.6;

/** What must be true of every database. */
const databaseRequirements: readonly Requirement[] = [
  {
    name: 'synchronous_commit',
    isMet: "current_setting('synchronous_commit') <> 'off'",
    consequence: 'acknowledged writes could be lost',
  },
  {
    name: 'server_encoding',
    isMet: "current_setting('server_encoding') = 'UTF8'",
    consequence: 'some texts could not be stored',
  },
];

/** What the service relies on, whatever the defaults of the role, the database or a pooler are. */
const commonSettings = {
  timezone: 'UTC',
  client_encoding: 'UTF8',
  // A commit that is not on the synchronous standby is reported by a warning only.
  client_min_messages: 'warning',
  default_transaction_isolation: 'read committed',
};

/** Keeps the value that is verified: a later change of the default, to `off`, applies to new connections only. */
const keepDurability = "set_config('synchronous_commit', current_setting('synchronous_commit'), false)";

/** Limits that a role or a database may set, and that only some versions of PostgreSQL have. */
const liftedTimeouts = ['idle_session_timeout', 'transaction_timeout'];

const notKept = 'it was set when connecting, and the server or a pooler has not kept it';

/** Returns a function that prepares a new connection: one round trip, or two through a pooler. */
export function createSessionSetup(options: SessionOptions): (client: ClientBase) => Promise<void> {
  const verification = buildVerification([...databaseRequirements, ...listRequirements(options)]);
  const preparation = [...listAssignments(options), verification].join('; ');
  const verify = (client: ClientBase, text: string) => readVerification(client, text, options.responseTimeoutMs);
  return async (client) => {
    recordWarnings(client);
    const pid = await verify(client, preparation);
    if (!isPooled(client, pid)) return;
    if ((await verify(client, verification)) !== pid) throw createPoolModeError();
  };
}

/** Returns the statements that set the settings. */
function listAssignments(options: SessionOptions): string[] {
  const fixed = Object.entries({ datestyle: 'ISO', ...listFixedSettings(options), ...listTimeouts(options) });
  const set = [...options.ownSettings, ...fixed].map(
    ([name, value]) => `set_config(${escapeLiteral(name)}, ${escapeLiteral(value)}, false)`,
  );
  const lifted = liftedTimeouts.map(
    (name) => `select set_config('${name}', '0', false) where current_setting('${name}', true) is not null`,
  );
  return [`select ${[...set, keepDurability].join(', ')}`, ...lifted];
}

function listRequirements(options: SessionOptions): Requirement[] {
  return [
    { name: 'datestyle', isMet: "current_setting('datestyle') like 'ISO%'", consequence: notKept },
    ...Object.entries(listFixedSettings(options)).map(([name, value]) => requireValue(name, escapeLiteral(value), '')),
    // Times are compared as intervals, because the server returns 5000 as `5s`.
    ...Object.entries(listTimeouts(options)).map(([name, value]) => requireValue(name, `'${value} ms'`, '::interval')),
    ...liftedTimeouts.map((name) => ({
      name,
      isMet: `coalesce(current_setting('${name}', true), '0')::interval = '0'`,
      consequence: notKept,
    })),
  ];
}

function listFixedSettings({ isReading }: SessionOptions): Record<string, string> {
  return { ...commonSettings, ...(isReading && { default_transaction_read_only: 'on' }) };
}

function listTimeouts({ timeoutMs }: SessionOptions): Record<string, string> {
  return {
    statement_timeout: String(timeoutMs),
    lock_timeout: String(timeoutMs),
    idle_in_transaction_session_timeout: String(Math.round(maxIdleShare * timeoutMs)),
  };
}

function requireValue(name: string, value: string, cast: string): Requirement {
  return { name, isMet: `current_setting('${name}')${cast} = ${value}${cast}`, consequence: notKept };
}

function buildVerification(requirements: readonly Requirement[]): string {
  const problems = requirements.map(
    ({ name, isMet, consequence }) =>
      `case when not ${isMet} then '${name}=' || current_setting('${name}', true) || ': ${consequence}' end`,
  );
  return `select pg_backend_pid() as pid, concat_ws('; ', ${problems.join(', ')}) as problems`;
}

/** Returns the process id of the server. */
async function readVerification(client: ClientBase, text: string, timeoutMs: number): Promise<number> {
  const query = { text, query_timeout: timeoutMs };
  // `pg` returns one result for each statement if there are several.
  const results: QueryResult | QueryResult[] = await client.query(query);
  const verified: { pid: number; problems: string } | undefined = [results].flat().at(-1)?.rows[0];
  if (!verified) throw new Error('the settings of the session cannot be verified');
  const { pid, problems } = verified;
  if (problems) throw new DatabaseUnavailableError(`the database has ${problems}`);
  return pid;
}

/**
 * Whether a pooler is between the service and the server: it invents the process id that identifies a connection for
 * cancellation.
 */
export function isPooled(client: ClientBase, pid: number): boolean {
  return (client as ClientBase & { processID?: number | null }).processID !== pid;
}

export function createPoolModeError(): DatabaseUnavailableError {
  return new DatabaseUnavailableError(
    'the database is behind a pooler that gives each transaction another connection, so that notifications, locks and ' +
      'timeouts do not work; set pool_mode=session for this database, or connect to PostgreSQL directly',
  );
}
