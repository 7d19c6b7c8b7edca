// The bulk statements of the entities of the unit of work.

import type { Column } from '../mapping/mapping.ts';
import { orderMapping } from '../mapping/order.ts';
import { runMapping } from '../mapping/run.ts';
import { type BulkColumn, buildInsert, buildUpdate, type Statement } from './statements.ts';

type EntityStatements = {
  /** The properties, in the order of the columns of the insert. */
  names: readonly string[];
  insert: Statement;
  /** Returns the update of these properties, separated by commas. */
  update(names: string): Statement;
};

const mappings: Record<string, Readonly<Record<string, Column>>> = {
  orders: orderMapping.columns,
  validation_runs: runMapping.columns,
};

const statementsByTable = new Map(
  Object.entries(mappings).map(([table, columns]) => [table, createStatements(table, columns)]),
);

/** Returns the statements of a table; undefined if it is not part of the unit of work. */
export function findEntityStatements(table: string): EntityStatements | undefined {
  return statementsByTable.get(table);
}

function createStatements(table: string, columns: Readonly<Record<string, Column>>): EntityStatements {
  const key: BulkColumn = { name: 'id', kind: 'integer' };
  const updates = new Map<string, Statement>();
  return {
    names: Object.keys(columns),
    insert: buildInsert(table, Object.values(columns)),
    update(names) {
      const existing = updates.get(names);
      if (existing) return existing;
      const changed = names.split(',').flatMap((name) => columns[name] ?? []);
      const update = buildUpdate(table, [key, ...changed]);
      updates.set(names, update);
      return update;
    },
  };
}
