// What the nodes count of callers together.

import { Migration } from '@mikro-orm/migrations';

/** Not logged: a count is worth nothing after a crash. Rows that change have room beside them. */
export class Migration002CallerCounts extends Migration {
  override up(): void {
    this.addSql(`create unlogged table caller_counts (
      key uuid primary key,
      count bigint not null,
      ends_at_ms bigint not null
    ) with (fillfactor = 50)`);
    this.addSql('create index caller_counts_end on caller_counts (ends_at_ms)');
  }
}
