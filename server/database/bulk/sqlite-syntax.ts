// Bulk statements on SQLite: rows are JSON arrays, which `jsonb_each` expands (sqlite.org/json1.html).

import { type BulkSyntax, toEncodable } from './statements.ts';

const selectList = 'select value from json_each(?)';

/** The syntax of SQLite. */
export const sqliteBulkSyntax: BulkSyntax = {
  parameter: () => '?',
  expand: () => 'jsonb_each(?) as given',
  value: (_, index) => `given.value ->> ${index}`,
  buildInCondition: (column) => `${column} in (${selectList})`,
  selectIds: () => selectList,
  encodeRows: (rows) => JSON.stringify(rows.map((row) => row.map(toEncodable))),
  encodeList: (list) => JSON.stringify([...list]),
};
