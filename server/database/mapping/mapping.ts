// One mapping per entity: the fields of a record, the columns that store them, and the conversion in both directions.
// Row types, ORM entities, export columns and JSON texts are derived from it.

/**
 * How a column stores its value. `time`: RFC 3339, UTC, milliseconds. `json`: JSON text that is returned to clients as
 * it is stored, so its bytes must be preserved. `list`: JSON of which the database may preserve only the meaning.
 */
export type ColumnKind = 'integer' | 'text' | 'time' | 'json' | 'list';

export type Column = {
  name: string;
  kind: ColumnKind;
  isNullable?: true;
  /** The members of the objects in a list, in the order in which they are exported. */
  members?: readonly string[];
  /** Whether the value belongs to a node and is left out of exports. */
  isNodeLocal?: true;
};

/** The columns of a record: a column is nullable exactly if its field is. */
export type ColumnsOf<Stored extends object> = {
  [Field in keyof Stored]-?: Column & (null extends Stored[Field] ? { isNullable: true } : { isNullable?: never });
};

type ColumnValue<Value, Kind extends ColumnKind> = Kind extends 'json' | 'list' ? string | Extract<Value, null> : Value;

/** A row as Kysely reads it: snake case names, JSON as text. */
export type RowOf<Stored extends object, Columns extends ColumnsOf<Stored>> = {
  [Field in keyof Stored as Columns[Field]['name']]: ColumnValue<Stored[Field], Columns[Field]['kind']>;
};

export type Mapping<Stored extends object, Row extends object> = {
  /** The columns by field. */
  columns: { readonly [Field in keyof Stored]: Column };
  toRow(record: Stored): Row;
  toRecord(row: Row): Stored;
};

/**
 * Creates the mapping of a record type. Called twice, so that the record type is given and the columns are inferred:
 * `createMapping<RunState>()({ id: { name: 'id', kind: 'integer' }, … })`.
 */
export function createMapping<Stored extends object>() {
  return <const Columns extends ColumnsOf<Stored>>(columns: Columns): Mapping<Stored, RowOf<Stored, Columns>> => {
    const entries = Object.entries<Column>(columns).map(([field, { name, kind }]) => {
      return { field, name, isJson: kind === 'json' || kind === 'list' };
    });
    return {
      columns,
      toRow: (record) => {
        const row: Fields = {};
        for (const { field, name, isJson } of entries) {
          const value = (record as Fields)[field];
          row[name] = isJson && value !== null ? JSON.stringify(value) : value;
        }
        return row as RowOf<Stored, Columns>;
      },
      toRecord: (row) => {
        const record: Fields = {};
        for (const { field, name, isJson } of entries) {
          const value = (row as Fields)[name];
          record[field] = isJson && typeof value === 'string' ? JSON.parse(value) : value;
        }
        return record as Stored;
      },
    };
  };
}

/**
 * Returns the names of columns, for the list of a statement. A prepared `select *` would fail after a newer node has
 * added a column.
 */
export function listNames(columns: Readonly<Record<string, Column>>, table?: string): string {
  return Object.values(columns)
    .map(({ name }) => (table === undefined ? name : `${table}.${name}`))
    .join();
}

type Fields = Record<string, unknown>;
