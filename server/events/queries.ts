// Reads of the log.

import type { Selectable } from 'kysely';
import type { Event } from '../../contract/event.ts';
import type { Slice } from '../store/slice.ts';
import type { Store } from '../store/store.ts';
import type { EventRow } from '../store/tables.ts';

/** The events of an order, oldest first. */
export async function findEventsOfOrder(
  { reader }: Store,
  orderId: number,
  { after = 0, offset, limit }: Slice,
): Promise<Event[]> {
  const rows = await reader
    .selectFrom('events')
    .selectAll()
    .where('order_id', '=', orderId)
    .where('sequence', '>', after)
    .orderBy('sequence')
    .limit(limit)
    .offset(offset)
    .execute();
  return rows.map(eventFromRow);
}

function eventFromRow(row: Selectable<EventRow>): Event {
  return {
    id: row.id,
    position: row.position,
    type: row.type,
    timestamp: row.timestamp,
    orderId: row.order_id,
    sequence: row.sequence,
    orderVersion: row.sequence,
    actor: { type: row.actor_type, id: row.actor_id },
    requestId: row.request_id,
    data: JSON.parse(row.data),
  } as Event;
}
