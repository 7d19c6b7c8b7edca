// Bulk statements on SQLite: rows are JSON arrays, which `jsonb_each` expands (sqlite.org/json1.html).

import { type BulkSyntax, toEncodable } from '../bulk.ts';

export const sqliteBulkSyntax: BulkSyntax = {
  expand: () => 'jsonb_each(?) as given',
  value: (_, index) => `given.value ->> ${index}`,
  encodeRows: (rows) => JSON.stringify(rows.map((row) => row.map(toEncodable))),
  isIn: (column) => `${column} in (select value from json_each(?))`,
  encodeList: (list) => JSON.stringify([...list]),
  parameter: () => '?',
};
