// How SQLite goes about a part of the log: along an index, however it is narrowed.

import type { Compilable, Kysely } from 'kysely';
import { describe, expect, test } from 'vitest';
import type { Parameter } from '../../server/database/prepared-read.ts';
import { buildFeedQuery, toFeedShape } from '../../server/database/queries/event-feed.ts';
import type { EventFilter } from '../../server/database/queries/event-filter.ts';
import type { Tables } from '../../server/database/tables.ts';
import { startTestApp } from '../kit/app.ts';

describe('the log', () => {
  const byType = 'events_type (type=? AND rowid>? AND rowid<?)';
  const byOrder = 'sqlite_autoindex_events_2 (order_id=?)';
  const filters: [string, EventFilter, string[]][] = [
    ['nothing', {}, ['INTEGER PRIMARY KEY (rowid>? AND rowid<?)']],
    ['one type', { types: ['order.rejected'] }, [`INDEX ${byType}`]],
    [
      'several types',
      { types: ['order.approved', 'order.rejected'] },
      ['INTEGER PRIMARY KEY (rowid=?)', `COVERING INDEX ${byType}`, `COVERING INDEX ${byType}`],
    ],
    ['an order', { orderId: 1 }, [`INDEX ${byOrder}`]],
    ['an order and a type', { types: ['order.rejected'], orderId: 1 }, [`INDEX ${byOrder}`]],
  ];
  test.each(filters)('narrowed by %s walks along an index, and neither sorts nor scans', async (_, filter, walks) => {
    await using app = await startTestApp();
    const { reader, dialect } = app.service.store;
    const values = { after: 1, upTo: 9, limit: 3, orderId: filter.orderId };
    const parameter = ((name: keyof typeof values) => values[name]) as Parameter<typeof values>;
    const steps = await planOf(reader, buildFeedQuery(reader, parameter, toFeedShape(filter), dialect));
    expect(steps.filter((step) => step.startsWith('SEARCH'))).toEqual(
      walks.map((walk) => `SEARCH events USING ${walk}`),
    );
    expect(steps.filter((step) => /SCAN events|TEMP B-TREE/.test(step))).toEqual([]);
  });
});

async function planOf(reader: Kysely<Tables>, query: Compilable): Promise<string[]> {
  const compiled = query.compile();
  const steps = await reader.executeQuery<{ detail: string }>({
    ...compiled,
    sql: `explain query plan ${compiled.sql}`,
  });
  return steps.rows.map(({ detail }) => detail);
}
