// The log as rows: how far it has come, and what is added at its end.

import type { EntityManager } from '@mikro-orm/sql';
import type { EventDraft } from '../../domain/event.ts';
import { toNewEventRow } from '../mapping/event.ts';
import type { Tables } from '../tables.ts';

/** The position that the log has reached. */
export async function loadHead(em: EntityManager): Promise<number> {
  const kysely = em.getKysely<Tables>();
  const { head } = await kysely
    .selectFrom('events')
    .select(({ fn }) => fn.max('position').as('head'))
    .executeTakeFirstOrThrow();
  return head ?? 0;
}

/**
 * Adds events in bulk.
 * @param generateEventId makes a UUIDv7
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
