// Stored responses of idempotent requests. They are written in the transaction of the command they belong to.

import type { EntityManager } from '@mikro-orm/sql';
import { purgeBatchSize } from '../../domain/state.ts';
import { buildInsert, executeSelect, Statement, toValues, writeRows } from '../bulk/statements.ts';
import type { Dialect } from '../dialect.ts';
import { listNames } from '../mapping/mapping.ts';
import {
  type IdempotencyKey,
  type StoredResponse,
  type StoredResponseRow,
  storedResponseMapping,
  toNewStoredResponseRow,
  toStoredResponse,
} from '../mapping/stored-response.ts';
import type { Tables } from '../tables.ts';

/** How long a response is stored, in milliseconds. */
const retentionMs = 24 * 3_600_000;

/** Returns the key as one string, for maps. */
export function toMapKey({ principal, key }: IdempotencyKey): string {
  return JSON.stringify([principal, key]);
}

const { principal, key } = storedResponseMapping.columns;
/** The database assigns the id. */
const newColumns = Object.values(storedResponseMapping.columns).filter(({ name }) => name !== 'id');

const selectResponsesStatement = new Statement((syntax) => {
  const conditions = [principal, key].map((column, index) => {
    return `idempotency_keys.${column.name} = ${syntax.value(column, index)}`;
  });
  const source = `${syntax.expand([principal, key], 1)} join idempotency_keys on ${conditions.join(' and ')}`;
  return `select ${listNames(storedResponseMapping.columns, 'idempotency_keys')} from ${source}`;
});

const insertResponsesStatement = buildInsert('idempotency_keys', newColumns);

/** The responses stored under the keys of a group, by `toMapKey`. */
export type LoadedResponses = {
  responses: Map<string, StoredResponse>;
  expiredIds: Map<string, number>;
};

/** Loads the responses that are stored under these keys. */
export async function loadStoredResponses(
  em: EntityManager,
  { bulk }: Dialect,
  keys: readonly IdempotencyKey[],
  now: string,
): Promise<LoadedResponses> {
  const loaded: LoadedResponses = { responses: new Map(), expiredIds: new Map() };
  if (keys.length === 0) return loaded;
  const encodedKeys = bulk.encodeRows(keys.map(({ principal, key }) => [principal, key]));
  const rows = await executeSelect<StoredResponseRow>(em.getKysely(), bulk, selectResponsesStatement, [encodedKeys]);
  const expiry = toExpiryTime(now);
  for (const row of rows) {
    if (row.created_at > expiry) loaded.responses.set(toMapKey(row), toStoredResponse(row));
    else loaded.expiredIds.set(toMapKey(row), row.id);
  }
  return loaded;
}

/**
 * Stores responses. If another node has stored a response under one of the keys, the insert violates the unique index,
 * which counts as a lost race.
 */
export async function writeStoredResponses(
  em: EntityManager,
  { bulk }: Dialect,
  responses: readonly StoredResponse[],
  now: string,
): Promise<void> {
  const rows = responses.map((stored) => toValues(newColumns, toNewStoredResponseRow(stored, now)));
  await writeRows(em.getKysely(), bulk, insertResponsesStatement, rows);
}

/** Loads the ids of the oldest expired responses, at most `purgeBatchSize`. */
export async function loadExpiredKeys(em: EntityManager, now: string): Promise<number[]> {
  const rows = await em
    .getKysely<Tables>()
    .selectFrom('idempotency_keys')
    .select('id')
    .where('created_at', '<=', toExpiryTime(now))
    .orderBy('created_at')
    .limit(purgeBatchSize)
    .execute();
  return rows.map(({ id }) => id);
}

/** Deletes expired responses by their ids. */
export async function deleteExpiredKeys(em: EntityManager, ids: readonly number[]): Promise<void> {
  if (ids.length > 0) await em.getKysely<Tables>().deleteFrom('idempotency_keys').where('id', 'in', ids).execute();
}

/** Responses that were stored at this time or earlier have expired. */
function toExpiryTime(now: string): string {
  return new Date(Date.parse(now) - retentionMs).toISOString();
}
