// The query plans of the event feed on SQLite: every filter uses an index, and rows are not sorted.

import { describe, expect, test } from 'vitest';
import { buildFeedQuery, toFeedShape } from '../../server/database/queries/event-feed.ts';
import type { EventFilter } from '../../server/database/queries/event-filter.ts';
import type { Parameter } from '../../server/database/reads/prepared-read.ts';
import { explainQueryPlan } from '../kit/database/sqlite-plan.ts';
import { startTestApp } from '../kit/service/app.ts';

describe('the plan of a page of events', () => {
  const byType = 'events_type (type=? AND rowid>? AND rowid<?)';
  const byOrder = 'sqlite_autoindex_events_2 (order_id=?)';
  const filters: [string, EventFilter, string[]][] = [
    ['no filter', {}, ['INTEGER PRIMARY KEY (rowid>? AND rowid<?)']],
    ['a filter by type', { types: ['order.rejected'] }, [`INDEX ${byType}`]],
    [
      'a filter by several types',
      { types: ['order.approved', 'order.rejected'] },
      ['INTEGER PRIMARY KEY (rowid=?)', `COVERING INDEX ${byType}`, `COVERING INDEX ${byType}`],
    ],
    ['a filter by order', { orderId: 1 }, [`INDEX ${byOrder}`]],
    ['a filter by order and type', { types: ['order.rejected'], orderId: 1 }, [`INDEX ${byOrder}`]],
  ];
  test.each(filters)('a page of events with %s uses indexes, without a scan or a sort', async (_, filter, searches) => {
    await using app = await startTestApp();
    const { reader, dialect } = app.service.store;
    const values = { after: 1, upTo: 9, limit: 3, orderId: filter.orderId };
    const parameter = ((name: keyof typeof values) => values[name]) as Parameter<typeof values>;
    const steps = await explainQueryPlan(reader, buildFeedQuery(reader, parameter, toFeedShape(filter), dialect));
    expect(steps.filter((step) => step.startsWith('SEARCH'))).toEqual(
      searches.map((search) => `SEARCH events USING ${search}`),
    );
    expect(steps.filter((step) => /SCAN events|TEMP B-TREE/.test(step))).toEqual([]);
  });
});
