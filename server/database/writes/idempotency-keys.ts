// Stored responses of idempotent requests. They are written in the transaction of the command they belong to.

import type { EntityManager } from '@mikro-orm/sql';
import { purgeBatchSize } from '../../domain/state.ts';
import { WriteConflictError } from '../commit-errors.ts';
import {
  type IdempotencyKey,
  type StoredResponse,
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

/** Loads the unexpired responses that are stored under these keys, by `toMapKey`. */
export async function loadStoredResponses(
  em: EntityManager,
  keys: readonly IdempotencyKey[],
  now: string,
): Promise<Map<string, StoredResponse>> {
  if (keys.length === 0) return new Map();
  const rows = await em
    .getKysely<Tables>()
    .selectFrom('idempotency_keys')
    .selectAll()
    .where(({ or, and, eb }) =>
      or(keys.map(({ principal, key }) => and([eb('principal', '=', principal), eb('key', '=', key)]))),
    )
    .where('created_at', '>', toExpiryTime(now))
    .execute();
  return new Map(rows.map(toStoredResponse).map((stored) => [toMapKey(stored), stored]));
}

/**
 * Stores responses. An expired response under the same key is replaced.
 * @throws WriteConflictError another node has stored a response under one of the keys
 */
export async function writeStoredResponses(
  em: EntityManager,
  responses: readonly StoredResponse[],
  now: string,
): Promise<void> {
  if (responses.length === 0) return;
  const rows = responses.map((stored) => toNewStoredResponseRow(stored, now));
  const results = await em
    .getKysely<Tables>()
    .insertInto('idempotency_keys')
    .values(rows)
    .onConflict((conflict) =>
      conflict
        .columns(['principal', 'key'])
        .doUpdateSet(({ ref }) => ({
          fingerprint: ref('excluded.fingerprint'),
          status: ref('excluded.status'),
          headers: ref('excluded.headers'),
          body: ref('excluded.body'),
          created_at: ref('excluded.created_at'),
        }))
        .where('idempotency_keys.created_at', '<=', toExpiryTime(now)),
    )
    .execute();
  const count = results.reduce((sum, { numInsertedOrUpdatedRows = 0n }) => sum + Number(numInsertedOrUpdatedRows), 0);
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
