// Writes to the event log.

import type { EntityManager } from '@mikro-orm/sql';
import type { EventDraft } from '../../domain/event.ts';
import { toNewEventRow } from '../mapping/event.ts';
import type { Tables } from '../tables.ts';

/** Returns the position of the latest event; 0 if there is none. */
export async function loadHead(em: EntityManager): Promise<number> {
  const kysely = em.getKysely<Tables>();
  const { head } = await kysely
    .selectFrom('events')
    .select(({ fn }) => fn.max('position').as('head'))
    .executeTakeFirstOrThrow();
  return head ?? 0;
}

/**
 * Appends events with one statement.
 * @param generateEventId returns a UUIDv7
 */
export async function appendEvents(
  em: EntityManager,
  drafts: EventDraft[],
  generateEventId: () => string,
): Promise<void> {
  if (drafts.length === 0) return;
  const rows = drafts.map((draft) => toNewEventRow(draft, generateEventId()));
  await em.getKysely<Tables>().insertInto('events').values(rows).execute();
}
