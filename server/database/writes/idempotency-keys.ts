// Answers to requests that name an Idempotency-Key: kept in the transaction of what they tell of, so that the same
// request, sent again, is answered and not done again.

import type { EntityManager } from '@mikro-orm/sql';
import { forgottenAtOnce } from '../../domain/state.ts';
import { LostRaceError } from '../commit-errors.ts';
import type { Tables } from '../tables.ts';

/** Whose key: a key of one principal is nothing to another. */
export type AnswerKey = { principal: string; key: string };

/** An answer as it went out. */
export type Answer = { status: number; headers: Record<string, string>; body: string };

/** An answer that is kept, and for which request. */
export type KeptAnswer = AnswerKey & { fingerprint: string; answer: Answer };

/** How long an answer is kept, in milliseconds. */
const answerLifeMs = 24 * 3_600_000;

export function nameOf({ principal, key }: AnswerKey): string {
  return JSON.stringify([principal, key]);
}

/** The answers that are kept under these keys and younger than a day, by `nameOf`. */
export async function loadAnswers(
  em: EntityManager,
  keys: readonly AnswerKey[],
  now: string,
): Promise<Map<string, KeptAnswer>> {
  if (keys.length === 0) return new Map();
  const rows = await em
    .getKysely<Tables>()
    .selectFrom('kept_answers')
    .selectAll()
    .where(({ or, and, eb }) =>
      or(keys.map(({ principal, key }) => and([eb('principal', '=', principal), eb('key', '=', key)]))),
    )
    .where('kept_at', '>', oldestMoment(now))
    .execute();
  return new Map(
    rows.map(({ principal, key, fingerprint, status, headers, body }) => {
      const kept = { principal, key, fingerprint, answer: { status, headers: JSON.parse(headers), body } };
      return [nameOf(kept), kept];
    }),
  );
}

/**
 * Keeps answers; one that is older than a day gives way to that of a new request.
 * @throws LostRaceError another node has kept one under such a key meanwhile
 */
export async function writeAnswers(em: EntityManager, answers: readonly KeptAnswer[], now: string): Promise<void> {
  if (answers.length === 0) return;
  const rows = answers.map(({ principal, key, fingerprint, answer: { status, headers, body } }) => ({
    principal,
    key,
    fingerprint,
    status,
    headers: JSON.stringify(headers),
    body,
    kept_at: now,
  }));
  const results = await em
    .getKysely<Tables>()
    .insertInto('kept_answers')
    .values(rows)
    .onConflict((conflict) =>
      conflict
        .columns(['principal', 'key'])
        .doUpdateSet(({ ref }) => ({
          fingerprint: ref('excluded.fingerprint'),
          status: ref('excluded.status'),
          headers: ref('excluded.headers'),
          body: ref('excluded.body'),
          kept_at: ref('excluded.kept_at'),
        }))
        .where('kept_answers.kept_at', '<=', oldestMoment(now)),
    )
    .execute();
  const count = results.reduce((sum, { numInsertedOrUpdatedRows = 0n }) => sum + Number(numInsertedOrUpdatedRows), 0);
  if (count < rows.length) throw new LostRaceError('an answer is kept by now');
}

/** The oldest answers that nobody may ask for any more, by their ids. */
export async function loadForgettableAnswers(em: EntityManager, now: string): Promise<number[]> {
  const rows = await em
    .getKysely<Tables>()
    .selectFrom('kept_answers')
    .select('id')
    .where('kept_at', '<=', oldestMoment(now))
    .orderBy('kept_at')
    .limit(forgottenAtOnce)
    .execute();
  return rows.map(({ id }) => id);
}

/** Forgets these, unless one of them has been renewed meanwhile. */
export async function deleteAnswers(em: EntityManager, ids: readonly number[], now: string): Promise<void> {
  if (ids.length === 0) return;
  const kysely = em.getKysely<Tables>();
  await kysely.deleteFrom('kept_answers').where('id', 'in', ids).where('kept_at', '<=', oldestMoment(now)).execute();
}

function oldestMoment(now: string): string {
  return new Date(Date.parse(now) - answerLifeMs).toISOString();
}
