// Warnings of PostgreSQL about commits. A commit that was cancelled while it waited for a synchronous standby succeeds
// with a warning: it is on the disk of the primary, but would be lost in a failover
// (postgresql.org/docs/18/warm-standby.html#SYNCHRONOUS-REPLICATION-HA).

import type { ClientBase, QueryResult } from 'pg';
import { UnknownCommitError } from '../../commit-errors.ts';

type Warning = { code: string; message: string };

/** The SQLSTATE of notices that are not warnings. Severities cannot be compared: the server translates them. */
const noticeCode = '00000';

/** Warnings about the implicit commit of a statement: cancelled by a request, or by the shutdown of the server. */
const commitWarningCodes = /^(01000$|57)/;

const latestWarnings = new WeakMap<ClientBase, Warning>();

/** Records the warnings of a connection. To be called once, before its first statement. */
export function recordWarnings(client: ClientBase): void {
  client.on('notice', ({ code = noticeCode, message = '' }) => {
    if (code !== noticeCode) latestWarnings.set(client, { code, message });
  });
}

/** Discards the warnings of earlier statements. */
export function clearWarnings(client: ClientBase): void {
  latestWarnings.delete(client);
}

/**
 * Checks a commit, whose response has arrived.
 * @param kind `explicit`: the statement COMMIT, where no warning is expected; `implicit`: a statement
 *   outside a transaction, which can have warnings that do not concern the commit
 * @throws UnknownCommitError the commit may be lost in a failover
 */
export function assertCommittedWithoutWarning(client: ClientBase, kind: 'explicit' | 'implicit'): void {
  const warning = latestWarnings.get(client);
  if (!warning || (kind === 'implicit' && !commitWarningCodes.test(warning.code))) return;
  throw new UnknownCommitError(`the commit may not be on the synchronous standby: ${warning.message}`);
}

/**
 * Checks the response to COMMIT.
 * @throws Error PostgreSQL has rolled back, because a statement before had failed
 * @throws UnknownCommitError the commit may be lost in a failover
 */
export function assertCommitted(client: ClientBase, { command }: Pick<QueryResult, 'command'>): void {
  if (command !== 'COMMIT') throw new Error('the transaction was rolled back instead of committed');
  assertCommittedWithoutWarning(client, 'explicit');
}
