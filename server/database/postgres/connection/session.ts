// The settings of a session. They are set after connecting and then verified, because poolers reject startup parameters
// or ignore them without an error.

import { type ClientBase, escapeLiteral, type QueryResult } from 'pg';
import { DatabaseUnavailableError } from '../errors/errors.ts';
import { recordWarnings } from './warnings.ts';

/**
 * The purpose of a session. `pipelined`: transactions in pipeline mode, with statements of constant text over any
 * number of rows.
 */
export type SessionKind = 'reading' | 'writing' | 'pipelined';

/** The settings of a session. */
export type SessionOptions = {
  /** Settings that the URL of the database asks for, as name and value. */
  urlSettings: readonly (readonly [name: string, value: string])[];
  kind: SessionKind;
  /** The limit for a statement, and for waiting on a lock. 0: no limit. */
  timeoutMs: number;
  /** How long to wait for the response to the settings. */
  responseTimeoutMs: number;
};

/** `condition`: SQL that must be true. */
type Requirement = { name: string; condition: string; consequence: string };

/**
 * The share of the timeout that a transaction may be idle. Shorter than the lock timeout, so that a waiting node gets
 * the locks of a frozen node before it gives up.
 */
const maxIdleShare = 0.6;

/** The requirements for every database. */
const databaseRequirements: readonly Requirement[] = [
  {
    name: 'synchronous_commit',
    condition: "current_setting('synchronous_commit') <> 'off'",
    consequence: 'acknowledged writes could be lost',
  },
  {
    name: 'server_encoding',
    condition: "current_setting('server_encoding') = 'UTF8'",
    consequence: 'some texts could not be stored',
  },
];

/**
 * Settings that the service relies on. They are set explicitly, because the defaults of the role, the database or a
 * pooler can differ.
 */
const commonSettings = {
  timezone: 'UTC',
  client_encoding: 'UTF8',
  // A commit that is not on the synchronous standby is reported by a warning only.
  client_min_messages: 'warning',
  default_transaction_isolation: 'read committed',
};

/**
 * Plans that are kept must use indexes: a plan that is made while a table is small would otherwise read all rows of a
 * large one.
 */
const keptPlanSettings = {
  plan_cache_mode: 'force_generic_plan',
  enable_seqscan: 'off',
  enable_hashjoin: 'off',
  enable_mergejoin: 'off',
  // Compiling a plan would take longer than any statement.
  jit: 'off',
};

/** Fixes the verified value for this session. A later change of the default does not affect it. */
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
  const set = [...options.urlSettings, ...fixed].map(
    ([name, value]) => `set_config(${escapeLiteral(name)}, ${escapeLiteral(value)}, false)`,
  );
  const lifted = liftedTimeouts.map(
    (name) => `select set_config('${name}', '0', false) where current_setting('${name}', true) is not null`,
  );
  return [`select ${[...set, keepDurability].join(', ')}`, ...lifted];
}

function listRequirements(options: SessionOptions): Requirement[] {
  return [
    { name: 'datestyle', condition: "current_setting('datestyle') like 'ISO%'", consequence: notKept },
    ...Object.entries(listFixedSettings(options)).map(([name, value]) => requireValue(name, escapeLiteral(value), '')),
    // Times are compared as intervals, because the server returns 5000 as `5s`.
    ...Object.entries(listTimeouts(options)).map(([name, value]) => requireValue(name, `'${value} ms'`, '::interval')),
    ...liftedTimeouts.map((name) => ({
      name,
      condition: `coalesce(current_setting('${name}', true), '0')::interval = '0'`,
      consequence: notKept,
    })),
  ];
}

function listFixedSettings({ kind }: SessionOptions): Record<string, string> {
  return {
    ...commonSettings,
    ...(kind === 'reading' && { default_transaction_read_only: 'on' }),
    ...(kind === 'pipelined' && keptPlanSettings),
  };
}

function listTimeouts({ timeoutMs }: SessionOptions): Record<string, string> {
  return {
    statement_timeout: String(timeoutMs),
    lock_timeout: String(timeoutMs),
    idle_in_transaction_session_timeout: String(Math.round(maxIdleShare * timeoutMs)),
  };
}

function requireValue(name: string, value: string, cast: string): Requirement {
  return { name, condition: `current_setting('${name}')${cast} = ${value}${cast}`, consequence: notKept };
}

function buildVerification(requirements: readonly Requirement[]): string {
  const problems = requirements.map(
    ({ name, condition, consequence }) =>
      `case when not ${condition} then '${name}=' || current_setting('${name}', true) || ': ${consequence}' end`,
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
 * Returns whether a pooler is in between: its startup response has a process id other than that of the server.
 */
export function isPooled(client: ClientBase, pid: number): boolean {
  return (client as ClientBase & { processID?: number | null }).processID !== pid;
}

/** Creates the error for a pooler that does not keep a connection to the server for each session. */
export function createPoolModeError(): DatabaseUnavailableError {
  return new DatabaseUnavailableError(
    'the database is behind a pooler that gives each transaction another connection, so that notifications, locks and ' +
      'timeouts do not work; set pool_mode=session for this database, or connect to PostgreSQL directly',
  );
}
