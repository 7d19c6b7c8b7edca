// Ids on SQLite: each is the greatest and one. The transaction that asks is the only one that can add any.

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
    .selectNoFrom((builder) => [...kinds].map((kind) => lastIdOf[kind](builder).as(kind)))
    .executeTakeFirstOrThrow();
  return new Map([...kinds].map((kind) => [kind, (row[kind] ?? 0) + 1]));
}

type Builder = ExpressionBuilder<Tables, never>;

/** What was deleted last may have had the greatest id, which must not be given again: a counter remembers it. */
const lastIdOf = {
  // Orders and runs are never deleted.
  order: ({ selectFrom }: Builder) => selectFrom('orders').select(({ fn }) => fn.max('orders.id').as('id')),
  run: ({ selectFrom }: Builder) =>
    selectFrom('validation_runs').select(({ fn }) => fn.max('validation_runs.id').as('id')),
  webhook: (builder: Builder) => counter(builder, idCounters.webhook),
  delivery: (builder: Builder) => counter(builder, idCounters.delivery),
};

function counter({ selectFrom }: Builder, name: CounterName) {
  return selectFrom('counters').select('value as id').where('name', '=', name);
}
