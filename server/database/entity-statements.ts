// The bulk statements of the entities of the unit of work.

import type { BulkColumn, BulkInsert, BulkQuery, BulkUpdate } from './bulk.ts';
import type { Column } from './mapping/mapping.ts';
import { orderMapping } from './mapping/order.ts';
import { runMapping } from './mapping/run.ts';

type Statements = {
  /** The properties, in the order of the columns of the insert. */
  names: readonly string[];
  insert: BulkInsert;
  /** Selects entities by their ids, with the names of the properties. */
  find: BulkQuery;
  /** The same with locks, which are acquired in the order of the ids. */
  findLocked: BulkQuery;
  /** Returns the update of these properties, separated by commas. */
  update(names: string): BulkUpdate;
};

const mappings: Record<string, Readonly<Record<string, Column>>> = {
  orders: orderMapping.columns,
  validation_runs: runMapping.columns,
};

/** Statements by table. Created once per connection pool. */
export class EntityStatements {
  readonly #statements = new Map(
    Object.entries(mappings).map(([table, columns]) => [table, createStatements(table, columns)]),
  );

  /** Returns undefined for tables that are not part of the unit of work. */
  find(table: string): Statements | undefined {
    return this.#statements.get(table);
  }
}

function createStatements(table: string, columns: Readonly<Record<string, Column>>): Statements {
  const selected = Object.entries(columns).map(([property, { name }]) => `${name} as "${property}"`);
  const begin = `select ${selected} from ${table}`;
  const key: BulkColumn = { name: 'id', kind: 'integer' };
  const updates = new Map<string, BulkUpdate>();
  return {
    names: Object.keys(columns),
    insert: { table, columns: Object.values(columns) },
    find: { begin, key: key.name },
    findLocked: { begin, key: key.name, end: 'order by id for update' },
    update(names) {
      const existing = updates.get(names);
      if (existing) return existing;
      const changed = names.split(',').flatMap((name) => columns[name] ?? []);
      const update: BulkUpdate = { table, columns: [key, ...changed] };
      updates.set(names, update);
      return update;
    },
  };
}
