// Stored responses of idempotent requests. They are written in the transaction of the command they belong to.

import type { EntityManager } from '@mikro-orm/sql';
import { purgeBatchSize } from '../../domain/state.ts';
import { type BulkInsert, type BulkMatch, insertRows, selectMatches, toValues } from '../bulk.ts';
import { WriteConflictError } from '../commit-errors.ts';
import type { Dialect } from '../dialect.ts';
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

const { principal, key, ...otherColumns } = storedResponseMapping.columns;
const keyColumns = [principal, key];
/** The database assigns the id. */
const { id: _, ...newColumns } = storedResponseMapping.columns;

const responsesByKey: BulkMatch = {
  select: 'idempotency_keys.*',
  table: 'idempotency_keys',
  columns: keyColumns,
  condition: (syntax) => `created_at > ${syntax.parameter(2)}`,
};

/** Replaces an expired response under the same key. */
const insertResponses: BulkInsert = {
  table: 'idempotency_keys',
  columns: Object.values(newColumns),
  onConflict: (syntax) => {
    const replaced = Object.values(otherColumns).filter(({ name }) => name !== 'id');
    const assignments = replaced.map(({ name }) => `${name} = excluded.${name}`);
    const isExpired = `idempotency_keys.created_at <= ${syntax.parameter(2)}`;
    return `on conflict (principal, key) do update set ${assignments} where ${isExpired}`;
  },
};

/** Loads the unexpired responses that are stored under these keys, by `toMapKey`. */
export async function loadStoredResponses(
  em: EntityManager,
  { bulk }: Dialect,
  keys: readonly IdempotencyKey[],
  now: string,
): Promise<Map<string, StoredResponse>> {
  if (keys.length === 0) return new Map();
  const given = keys.map(({ principal, key }) => [principal, key]);
  const expiry = toExpiryTime(now);
  const rows = await selectMatches<StoredResponseRow>(em.getKysely(), bulk, responsesByKey, given, expiry);
  return new Map(rows.map(toStoredResponse).map((stored) => [toMapKey(stored), stored]));
}

/**
 * Stores responses. An expired response under the same key is replaced.
 * @throws WriteConflictError another node has stored a response under one of the keys
 */
export async function writeStoredResponses(
  em: EntityManager,
  { bulk }: Dialect,
  responses: readonly StoredResponse[],
  now: string,
): Promise<void> {
  if (responses.length === 0) return;
  const rows = responses.map((stored) => toValues(insertResponses.columns, toNewStoredResponseRow(stored, now)));
  const count = await insertRows(em.getKysely(), bulk, insertResponses, rows, toExpiryTime(now));
  if (count < rows.length) throw new WriteConflictError('another node has stored a response under the same key');
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

/** Deletes expired responses, except those that were replaced in the meantime. */
export async function deleteExpiredKeys(em: EntityManager, ids: readonly number[], now: string): Promise<void> {
  if (ids.length === 0) return;
  const kysely = em.getKysely<Tables>();
  await kysely
    .deleteFrom('idempotency_keys')
    .where('id', 'in', ids)
    .where('created_at', '<=', toExpiryTime(now))
    .execute();
}

/** Responses that were stored at this time or earlier have expired. */
function toExpiryTime(now: string): string {
  return new Date(Date.parse(now) - retentionMs).toISOString();
}
