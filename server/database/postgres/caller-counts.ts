// Rate-limit counts in an unlogged table: no commit waits for it, and it is empty after a crash of the server. The
// counts are written outside the transactions of commands.

import type { Pool } from 'pg';
import type { ActiveWindows, CallerCount, CallerCounts } from '../caller-counts.ts';
import { runQuery } from './connection/run-query.ts';

/** How many windows one call deletes. */
const purgeBatchSize = 10_000;

const addText = `insert into caller_counts as known (key, count, ends_at_ms)
  select * from unnest($1::uuid[], $2::bigint[], $3::bigint[])
  on conflict (key) do update set
    count = excluded.count + case when known.ends_at_ms > $4 and known.ends_at_ms <= $5 then known.count else 0 end,
    ends_at_ms = case when known.ends_at_ms > $4 and known.ends_at_ms <= $5
      then known.ends_at_ms else excluded.ends_at_ms end
  returning replace(key::text, '-', '') as key, count, ends_at_ms as "endMs"`;

const purgeText = `delete from caller_counts where key in (
  select key from caller_counts where ends_at_ms <= $1 or ends_at_ms > $2 limit $3 for update skip locked)`;

export function createCallerCounts(pool: Pool): CallerCounts {
  return {
    /** Sorted by key, so that nodes that update the same rows cannot deadlock. */
    add: async (added, { afterMs, untilMs }) => {
      const sorted = added.toSorted((one, other) => (one.key < other.key ? -1 : 1));
      const columns = [
        sorted.map(({ key }) => key),
        sorted.map(({ count }) => count),
        sorted.map(({ endMs }) => endMs),
      ];
      const values = [...columns, afterMs, untilMs];
      const { rows } = await runQuery<CallerCount>(pool, { name: 'add-counts', text: addText, values });
      return rows;
    },
    purge: async ({ afterMs, untilMs }: ActiveWindows) => {
      const values = [afterMs, untilMs, purgeBatchSize];
      await runQuery(pool, { name: 'purge-counts', text: purgeText, values });
    },
  };
}
