// Ids on SQLite: the largest id plus one. The calling transaction is the only writer.

import type { EntityManager } from '@mikro-orm/sql';
import type { ExpressionBuilder } from 'kysely';
import type { IdKind } from '../../domain/state.ts';
import { createMissingIdError, type Ids } from '../ids.ts';
import { type CounterName, idCounters, type Tables } from '../tables.ts';

export async function allocateSqliteIds(em: EntityManager, wanted: readonly (readonly IdKind[])[]): Promise<Ids> {
  return new SqliteIds(await findNextIds(em, new Set(wanted.flat())));
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

async function findNextIds(em: EntityManager, kinds: ReadonlySet<IdKind>): Promise<Map<IdKind, number>> {
  if (kinds.size === 0) return new Map();
  const row: Partial<Record<IdKind, number | null>> = await em
    .getKysely<Tables>()
    .selectNoFrom((builder) => [...kinds].map((kind) => lastIdQueries[kind](builder).as(kind)))
    .executeTakeFirstOrThrow();
  return new Map([...kinds].map((kind) => [kind, (row[kind] ?? 0) + 1]));
}

type Builder = ExpressionBuilder<Tables, never>;

/** The row with the largest id may have been deleted, and its id must not be reused: a counter stores it. */
const lastIdQueries = {
  // Orders and runs are never deleted.
  order: ({ selectFrom }: Builder) => selectFrom('orders').select(({ fn }) => fn.max('orders.id').as('id')),
  run: ({ selectFrom }: Builder) =>
    selectFrom('validation_runs').select(({ fn }) => fn.max('validation_runs.id').as('id')),
  webhook: (builder: Builder) => selectCounter(builder, idCounters.webhook),
  delivery: (builder: Builder) => selectCounter(builder, idCounters.delivery),
};

function selectCounter({ selectFrom }: Builder, name: CounterName) {
  return selectFrom('counters').select('value as id').where('name', '=', name);
}
