// The ids of what a group of commands adds, known before it is decided, since its answers name them.

import type { EntityManager } from '@mikro-orm/sqlite';
import type { ExpressionBuilder } from 'kysely';
import type { CounterName, Tables } from './tables.ts';

/** What has ids of its own. */
export type IdKind = 'order' | 'run' | 'webhook' | 'delivery';

/** What was deleted last may have had the greatest id, which must not be given again: a counter remembers it. */
export const idCounters = {
  webhook: 'webhooks.lastId',
  delivery: 'deliveries.lastId',
} as const satisfies Partial<Record<IdKind, CounterName>>;

/** The next id of each of these kinds. The transaction that asks is the only one that can add any. */
export async function findNextIds(em: EntityManager, kinds: ReadonlySet<IdKind>): Promise<Map<IdKind, number>> {
  if (kinds.size === 0) return new Map();
  const row: Partial<Record<IdKind, number | null>> = await em
    .getKysely<Tables>()
    .selectNoFrom((builder) => [...kinds].map((kind) => lastIdOf[kind](builder).as(kind)))
    .executeTakeFirstOrThrow();
  return new Map([...kinds].map((kind) => [kind, (row[kind] ?? 0) + 1]));
}

type Builder = ExpressionBuilder<Tables, never>;

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
