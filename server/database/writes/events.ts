// Writes to the event log.

import type { EntityManager } from '@mikro-orm/sql';
import type { EventDraft } from '../../domain/event.ts';
import { buildInsert, toValues, writeRows } from '../bulk/statements.ts';
import type { Dialect } from '../dialect.ts';
import { eventMapping, toNewEventRow } from '../mapping/event.ts';
import type { Tables } from '../tables.ts';

/** The database assigns the position. */
const columns = Object.values(eventMapping.columns).filter(({ name }) => name !== 'position');

const insertEventsStatement = buildInsert('events', columns);

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
 * Appends events with one statement, in the order of the drafts.
 * @param generateEventId returns a UUIDv7
 */
export async function appendEvents(
  em: EntityManager,
  { bulk }: Dialect,
  drafts: EventDraft[],
  generateEventId: () => string,
): Promise<void> {
  const rows = drafts.map((draft) => toValues(columns, toNewEventRow(draft, generateEventId())));
  await writeRows(em.getKysely(), bulk, insertEventsStatement, rows);
}
