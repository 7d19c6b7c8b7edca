// Answers to requests that name an Idempotency-Key: kept in the transaction of what they tell of, so that the same
// request, sent again, is answered and not done again.

import type { EntityManager } from '@mikro-orm/sql';
import { purgeBatchSize } from '../../domain/state.ts';
import { WriteConflictError } from '../commit-errors.ts';
import type { Tables } from '../tables.ts';

/** Whose key: a key of one principal is nothing to another. */
export type IdempotencyKey = { principal: string; key: string };

/** An answer as it went out. */
export type ResponseData = { status: number; headers: Record<string, string>; body: string };

/** An answer that is kept, and for which request. */
export type StoredResponse = IdempotencyKey & { fingerprint: string; response: ResponseData };

/** How long an answer is kept, in milliseconds. */
const retentionMs = 24 * 3_600_000;

export function toMapKey({ principal, key }: IdempotencyKey): string {
  return JSON.stringify([principal, key]);
}

/** The answers that are kept under these keys and younger than a day, by `nameOf`. */
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
    .where('created_at', '>', expiryTime(now))
    .execute();
  return new Map(
    rows.map(({ principal, key, fingerprint, status, headers, body }) => {
      const stored = { principal, key, fingerprint, response: { status, headers: JSON.parse(headers), body } };
      return [toMapKey(stored), stored];
    }),
  );
}

/**
 * Keeps answers; one that is older than a day gives way to that of a new request.
 * @throws LostRaceError another node has kept one under such a key meanwhile
 */
export async function writeStoredResponses(
  em: EntityManager,
  responses: readonly StoredResponse[],
  now: string,
): Promise<void> {
  if (responses.length === 0) return;
  const rows = responses.map(({ principal, key, fingerprint, response: { status, headers, body } }) => ({
    principal,
    key,
    fingerprint,
    status,
    headers: JSON.stringify(headers),
    body,
    created_at: now,
  }));
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
        .where('idempotency_keys.created_at', '<=', expiryTime(now)),
    )
    .execute();
  const count = results.reduce((sum, { numInsertedOrUpdatedRows = 0n }) => sum + Number(numInsertedOrUpdatedRows), 0);
  if (count < rows.length) throw new WriteConflictError('an response is stored by now');
}

/** The oldest answers that nobody may ask for any more, by their ids. */
export async function loadExpiredKeys(em: EntityManager, now: string): Promise<number[]> {
  const rows = await em
    .getKysely<Tables>()
    .selectFrom('idempotency_keys')
    .select('id')
    .where('created_at', '<=', expiryTime(now))
    .orderBy('created_at')
    .limit(purgeBatchSize)
    .execute();
  return rows.map(({ id }) => id);
}

/** Forgets these, unless one of them has been renewed meanwhile. */
export async function deleteExpiredKeys(em: EntityManager, ids: readonly number[], now: string): Promise<void> {
  if (ids.length === 0) return;
  const kysely = em.getKysely<Tables>();
  await kysely
    .deleteFrom('idempotency_keys')
    .where('id', 'in', ids)
    .where('created_at', '<=', expiryTime(now))
    .execute();
}

function expiryTime(now: string): string {
  return new Date(Date.parse(now) - retentionMs).toISOString();
}
