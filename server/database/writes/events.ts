// The log as rows: how far it has come, and what is added at its end.

import type { EntityManager } from '@mikro-orm/sql';
import type { EventDraft } from '../../domain/event.ts';
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
  const rows = drafts.map((draft) => ({
    id: generateEventId(),
    type: draft.type,
    timestamp: draft.timestamp,
    order_id: draft.orderId,
    sequence: draft.sequence,
    actor_type: draft.actor.type,
    actor_id: draft.actor.id,
    request_id: draft.requestId,
    address: draft.address,
    data: JSON.stringify(draft.data),
  }));
  await em.getKysely<Tables>().insertInto('events').values(rows).execute();
}
