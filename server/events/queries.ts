// Reads of the log.

import type { Event } from '../../contract/event.ts';
import type { Store } from '../store/store.ts';
import type { EventRow } from '../store/tables.ts';

type StoredEvent = Omit<EventRow, 'position'> & { position: number };

/** The events of an order after a sequence, oldest first. */
export async function findEventsOfOrder(
  { reader }: Store,
  orderId: number,
  slice: { after: number; offset: number; limit: number },
): Promise<Event[]> {
  const rows = await reader
    .selectFrom('events')
    .selectAll()
    .where('order_id', '=', orderId)
    .where('sequence', '>', slice.after)
    .orderBy('sequence')
    .limit(slice.limit)
    .offset(slice.offset)
    .execute();
  return rows.map(eventFromRow);
}

function eventFromRow(row: StoredEvent): Event {
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
