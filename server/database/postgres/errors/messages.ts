// Messages about failed connections and starts: cause and remedy.

/** `codes`: SQLSTATEs, or codes of Node and OpenSSL, or their beginnings. `text`: part of the message. */
type Failure = { codes?: readonly string[]; text?: RegExp; summary: string; remedy: string };

const checkAddress = 'check that PostgreSQL is running, and the host and port of DATABASE_URL';

/** The first entry that matches applies (postgresql.org/docs/18/errcodes-appendix.html, nodejs.org/api/errors.html). */
const failures: readonly Failure[] = [
  { codes: ['28P01'], summary: 'rejects the password', remedy: 'correct the user and password of DATABASE_URL' },
  {
    text: /client password must be a/,
    summary: 'requires a password',
    remedy: 'add it to DATABASE_URL, or set PGPASSWORD',
  },
  {
    text: /no pg_hba\.conf entry.*no encryption/,
    summary: 'requires TLS or rejects the role',
    remedy: 'add sslmode=verify-full to DATABASE_URL, or allow the role and the address of this machine in pg_hba.conf',
  },
  {
    codes: ['28'],
    summary: 'rejects the role',
    remedy: 'create the role with LOGIN, or allow it and the address of this machine in pg_hba.conf',
  },
  { codes: ['3D000'], summary: 'does not exist', remedy: 'run CREATE DATABASE, or correct the name in DATABASE_URL' },
  {
    text: /not currently accepting connections/,
    summary: 'does not accept connections',
    remedy: 'run ALTER DATABASE name ALLOW_CONNECTIONS true',
  },
  {
    text: /^permission denied for database/,
    summary: 'refuses a privilege to the role',
    remedy:
      'run GRANT CONNECT, CREATE ON DATABASE name TO role, or CREATE SCHEMA pgboss AUTHORIZATION role for the jobs',
  },
  {
    codes: ['42501'],
    summary: 'refuses a privilege to the role',
    remedy:
      'run CREATE SCHEMA AUTHORIZATION role, or GRANT USAGE, CREATE ON SCHEMA public TO role; the jobs need ' +
      'GRANT CREATE ON DATABASE name TO role, or CREATE SCHEMA pgboss AUTHORIZATION role',
  },
  { codes: ['3F000'], summary: 'has no schema for the tables', remedy: 'run CREATE SCHEMA AUTHORIZATION role' },
  {
    codes: ['25006'],
    summary: 'is read-only',
    remedy: 'connect to the primary, or reset default_transaction_read_only',
  },
  {
    codes: ['42704', '22023', '55P02', 'F0'],
    summary: 'rejects a setting',
    remedy: 'correct the parameter `options` of DATABASE_URL or PGOPTIONS',
  },
  {
    text: /unsupported startup parameter/,
    summary: 'is behind a pooler that rejects a startup parameter',
    remedy: 'remove it from DATABASE_URL and PGOPTIONS, or set it with ALTER ROLE',
  },
  {
    text: /transaction blocks not allowed/,
    summary: 'is behind a pooler that does not keep transactions',
    remedy: 'set pool_mode=session',
  },
  {
    codes: ['53300'],
    text: /no more connections allowed|too many clients/,
    summary: 'has no free connection',
    remedy: 'raise max_connections, or the limits of the role, database or pooler, or lower DATABASE_POOL_SIZE',
  },
  { codes: ['57P03'], summary: 'is starting, stopping or recovering', remedy: 'try again when it accepts connections' },
  {
    codes: ['25P03', '25P04', '57P05'],
    summary: 'closed an idle connection',
    remedy: 'if this repeats, give the process more CPU time, or raise the timeout of the role',
  },
  {
    codes: ['55P03', '57014'],
    summary: 'did not finish a statement in time',
    remedy: 'see its load, and its locks in pg_locks',
  },
  { codes: ['57P'], summary: 'closed the connection', remedy: 'see the log of PostgreSQL' },
  {
    text: /^Connection terminated/,
    summary: 'closed the connection',
    remedy: `${checkAddress}, and see the log of PostgreSQL`,
  },
  { codes: ['53', '58', 'XX'], summary: 'has failed', remedy: 'see the log of PostgreSQL and the disk of its machine' },
  {
    codes: ['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'EHOSTDOWN', 'EADDRNOTAVAIL', 'ENETDOWN'],
    summary: 'is unreachable',
    remedy: checkAddress,
  },
  { codes: ['ENOTFOUND', 'EAI_'], summary: 'has an unknown host', remedy: 'correct the host of DATABASE_URL' },
  {
    text: /^(ENOENT|EACCES|EISDIR|ENOTDIR): .*, (open|read)/,
    summary: 'needs a file that cannot be read',
    remedy: 'correct sslrootcert, sslcert and sslkey in DATABASE_URL',
  },
  {
    text: /does not support SSL|establishing an SSL connection/,
    summary: 'does not support TLS',
    remedy: 'enable ssl in PostgreSQL, or remove sslmode from DATABASE_URL',
  },
  {
    codes: ['ERR_TLS_CERT_ALTNAME_INVALID'],
    summary: 'has a TLS certificate for another host',
    remedy: 'use a host of the certificate in DATABASE_URL',
  },
  {
    codes: ['CERT_', 'DEPTH_ZERO_', 'SELF_SIGNED_', 'UNABLE_TO_'],
    summary: 'has an untrusted TLS certificate',
    remedy: 'renew the certificate, or name its authority: sslrootcert=FILE in DATABASE_URL',
  },
  {
    codes: ['ERR_SSL_', 'ERR_OSSL_', 'ERR_TLS_', 'EPROTO'],
    summary: 'cannot be reached over TLS',
    remedy: 'compare the TLS versions and certificates of both sides',
  },
  {
    codes: ['ETIMEDOUT'],
    text: /timeout/i,
    summary: 'did not respond in time',
    remedy: `${checkAddress}; behind a pooler, its pool_size; with a synchronous standby, whether it is connected`,
  },
  {
    codes: ['08P01'],
    summary: 'rejects the connection',
    remedy: 'see the log of PostgreSQL or of the pooler',
  },
];

const unknownFailure: Omit<Failure, 'codes'> = { summary: 'is unreachable', remedy: checkAddress };

/** Describes any error of a connection as a sentence: `the database is unreachable: …; …`. */
export function describeFailure(error: unknown): string {
  // Node reports one error for each address of a host.
  const reason = error instanceof AggregateError ? error.errors[0] : error;
  return formatMessage(findFailure(reason) ?? unknownFailure, reason);
}

/** Returns undefined if the cause is not known. */
export function findFailureMessage(error: Error): string | undefined {
  const failure = findFailure(error);
  return failure && formatMessage(failure, error);
}

function findFailure(error: unknown): Failure | undefined {
  if (!(error instanceof Error)) return undefined;
  const code = 'code' in error ? String(error.code) : '';
  return failures.find(
    ({ codes = [], text }) => codes.some((start) => code.startsWith(start)) || text?.test(error.message),
  );
}

function formatMessage({ summary, remedy }: Pick<Failure, 'summary' | 'remedy'>, error: unknown): string {
  return `the database ${summary}: ${error instanceof Error ? error.message : error}; ${remedy}`;
}
