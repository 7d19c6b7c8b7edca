// Ids on PostgreSQL: from sequences, with one query for all commands of a group. Each command has its own ids, so that
// its result does not depend on the other commands. Unused ids are lost, so ids have gaps.

import type { EntityManager } from '@mikro-orm/sql';
import { sql } from 'kysely';
import type { IdKind } from '../../domain/state.ts';
import { createMissingIdError, type Ids } from '../ids.ts';
import type { Tables } from '../tables.ts';

const sequences: Record<IdKind, string> = {
  order: 'orders_id',
  run: 'validation_runs_id',
  webhook: 'webhooks_id',
  delivery: 'webhook_deliveries_id',
};

/** Allocates ids for each command of a group. */
export async function allocatePostgresIds(em: EntityManager, wanted: readonly (readonly IdKind[])[]): Promise<Ids> {
  const counts = new Map<IdKind, number>();
  for (const kind of wanted.flat()) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  if (counts.size === 0) return new PostgresIds([]);
  const parts = [...counts].map(([kind, count]) => {
    const next = sql`nextval(${sql.lit(sequences[kind])})`;
    return sql`(select ${sql.lit(kind)} as kind, ${next} as id from generate_series(1, ${sql.lit(count)}))`;
  });
  const { rows } = await sql<{ kind: IdKind; id: number }>`${sql.join(parts, sql` union all `)}`.execute(
    em.getKysely<Tables>(),
  );
  const ids = Map.groupBy(rows, ({ kind }) => kind);
  for (const list of ids.values()) list.sort((one, other) => other.id - one.id);
  return new PostgresIds(
    wanted.map((kinds) =>
      Map.groupBy(
        kinds.map((kind) => ({ kind, id: ids.get(kind)?.pop()?.id ?? 0 })),
        (current) => current.kind,
      ),
    ),
  );
}

type Own = Map<IdKind, { id: number }[]>;

class PostgresIds implements Ids {
  readonly #idsByCommand: readonly Own[];
  #current: Own = new Map();

  constructor(idsByCommand: readonly Own[]) {
    this.#idsByCommand = idsByCommand;
  }

  selectCommand(index: number): void {
    this.#current = this.#idsByCommand[index] ?? new Map();
  }

  next(kind: IdKind, ahead: number): number {
    const id = this.#current.get(kind)?.[ahead]?.id;
    if (id === undefined) throw createMissingIdError(kind);
    return id;
  }

  markUsed(kind: IdKind, id: number): void {
    const current = this.#current.get(kind);
    if (current?.[0]?.id === id) current.shift();
  }
}
