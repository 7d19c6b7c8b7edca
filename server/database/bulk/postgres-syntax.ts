// Bulk statements on PostgreSQL: rows are JSON objects, which `json_to_recordset` expands.

import type { ColumnKind } from '../mapping/mapping.ts';
import { type BulkColumn, type BulkSyntax, toEncodable } from './statements.ts';

/** JSON is passed as text and cast, so that its bytes are preserved. */
const types: Record<ColumnKind, { given: string; cast: string }> = {
  integer: { given: 'bigint', cast: '' },
  text: { given: 'text', cast: '' },
  time: { given: 'timestamptz', cast: '' },
  json: { given: 'text', cast: '::json' },
  list: { given: 'text', cast: '::jsonb' },
};

/** The syntax of PostgreSQL. */
export const postgresBulkSyntax: BulkSyntax = {
  parameter: (number) => `$${number}`,
  expand: (columns, number) => `json_to_recordset($${number}::json) as given (${columns.map(declare).join()})`,
  value: ({ kind }, index) => `given.c${index}${types[kind].cast}`,
  buildInCondition: (column, number) => `${column} = any($${number})`,
  selectIds: (number) => `select unnest($${number}::bigint[])`,
  encodeRows: (rows) => JSON.stringify(rows.map(toMembers)),
  encodeList: (list) => [...list],
};

function declare({ kind }: BulkColumn, index: number): string {
  return `c${index} ${types[kind].given}`;
}

/** The names of members by index. */
const memberNames: string[] = [];

function toMembers(row: readonly unknown[]): Record<string, unknown> {
  const members: Record<string, unknown> = {};
  let index = 0;
  for (const value of row) {
    const name = memberNames[index] ?? `c${index}`;
    memberNames[index] = name;
    members[name] = toEncodable(value);
    index += 1;
  }
  return members;
}
