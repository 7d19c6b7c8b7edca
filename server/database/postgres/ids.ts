// Ids on PostgreSQL: from sequences, with one query for all commands of a group. Each command has its own ids, so that
// its result does not depend on the other commands. Unused ids are lost, so ids have gaps.

import type { EntityManager } from '@mikro-orm/sql';
import type { IdKind } from '../../domain/state.ts';
import { postgresBulkSyntax } from '../bulk/postgres-syntax.ts';
import { executeSelect, Statement } from '../bulk/statements.ts';
import { createMissingIdError, type Ids } from '../ids.ts';

const sequences: Record<IdKind, string> = {
  order: 'orders_id',
  run: 'validation_runs_id',
  webhook: 'webhooks_id',
  delivery: 'webhook_deliveries_id',
};

const kinds = Object.keys(sequences) as IdKind[];

/** One number of ids for each kind, in the order of `kinds`. */
const selectNextIdsStatement = new Statement(({ parameter }) => {
  const parts = kinds.map((kind, index) => {
    const next = `nextval('${sequences[kind]}') as id`;
    return `select '${kind}' as kind, ${next} from generate_series(1, ${parameter(index + 1)}::int)`;
  });
  return parts.join(' union all ');
});

type NextId = { kind: IdKind; id: number };

/** Allocates ids for each command of a group. */
export async function allocatePostgresIds(em: EntityManager, wanted: readonly (readonly IdKind[])[]): Promise<Ids> {
  const all = wanted.flat();
  if (all.length === 0) return new PostgresIds([]);
  const counts = kinds.map((kind) => all.filter((each) => each === kind).length);
  const rows = await executeSelect<NextId>(em.getKysely(), postgresBulkSyntax, selectNextIdsStatement, counts);
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
