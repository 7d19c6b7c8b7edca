// Ids on SQLite: the largest id plus one. The calling transaction is the only writer.

import type { EntityManager } from '@mikro-orm/sql';
import type { IdKind } from '../../domain/state.ts';
import { sqliteBulkSyntax } from '../bulk/sqlite-syntax.ts';
import { executeSelect, Statement } from '../bulk/statements.ts';
import type { Dialect } from '../dialect.ts';
import { createMissingIdError, type Ids } from '../ids.ts';
import type { RecentRows } from '../recent-rows.ts';
import { idCounters } from '../tables.ts';

/** Creates a function that allocates ids. They are read from the database unless the latest commits have used some. */
export function createIdAllocator(recentRows: RecentRows): Dialect['allocateIds'] {
  return async (em, wanted) => {
    const kinds = new Set(wanted.flat());
    const nextIds = recentRows.getNextIds(kinds) ?? (await loadNextIds(em, kinds));
    recentRows.stageIds(nextIds);
    return new SqliteIds(nextIds);
  };
}

class SqliteIds implements Ids {
  readonly #next: Map<IdKind, number>;

  constructor(next: Map<IdKind, number>) {
    this.#next = next;
  }

  selectCommand(): void {}

  next(kind: IdKind, ahead: number): number {
    const id = this.#next.get(kind);
    if (id === undefined) throw createMissingIdError(kind);
    return id + ahead;
  }

  markUsed(kind: IdKind, id: number): void {
    const next = this.#next.get(kind);
    if (next !== undefined && id >= next) this.#next.set(kind, id + 1);
  }
}

type LastIds = Record<IdKind, number | null>;

/**
 * The last id of every kind. The row with the largest id may have been deleted, and its id must not be reused, so
 * counters store it; orders and runs are never deleted.
 */
const selectLastIdsStatement = new Statement(
  ({ parameter }) => `select (select max(id) from orders) as "order", (select max(id) from validation_runs) as "run",
    (select value from counters where name = ${parameter(1)}) as "webhook",
    (select value from counters where name = ${parameter(2)}) as "delivery"`,
);

async function loadNextIds(em: EntityManager, kinds: ReadonlySet<IdKind>): Promise<Map<IdKind, number>> {
  if (kinds.size === 0) return new Map();
  const counters = [idCounters.webhook, idCounters.delivery];
  const [row] = await executeSelect<LastIds>(em.getKysely(), sqliteBulkSyntax, selectLastIdsStatement, counters);
  return new Map([...kinds].map((kind) => [kind, (row?.[kind] ?? 0) + 1]));
}
