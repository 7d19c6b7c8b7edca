// Statements over any number of rows whose text is constant: the rows are one parameter. A text that varied with the
// number of rows would be parsed and planned again for each group of commands.

import { CompiledQuery, type QueryResult } from 'kysely';
import type { ColumnKind } from './mapping/mapping.ts';

/** A column of a bulk statement, and how its value is stored. */
export type BulkColumn = { name: string; kind: ColumnKind };

/** How a database expands one parameter into rows. */
export type BulkSyntax = {
  /** A `from` item with the name `given`: one row for each entry of the parameter. */
  expand(columns: readonly BulkColumn[]): string;
  /** The value of a column of `given`. */
  value(column: BulkColumn, index: number): string;
  /** Encodes rows, whose values are in the order of the columns, as the parameter. */
  encodeRows(rows: readonly (readonly unknown[])[]): unknown;
  /** The condition that a column is one of the entries of the parameter. */
  isIn(column: string): string;
  /** Encodes ids or texts as the parameter of `isIn`. */
  encodeList(list: Iterable<number | string>): unknown;
  /** A parameter after the first, in the order in which they appear in the text. The second has the number 2. */
  parameter(number: number): string;
};

/** A Kysely instance or transaction. */
export type Executor = { executeQuery<Row>(query: CompiledQuery<Row>): Promise<QueryResult<Row>> };

/** An insert. Create it once: its text is cached. */
export type BulkInsert = {
  table: string;
  columns: readonly BulkColumn[];
  /** The conflict clause, such as `on conflict (run_id) do nothing`. */
  onConflict?: string | ((syntax: BulkSyntax) => string);
};

/**
 * Inserts rows, whose values are in the order of the columns. Returns the number of inserted or updated rows.
 * @param parameters the further parameters of the conflict clause
 */
export async function insertRows(
  executor: Executor,
  syntax: BulkSyntax,
  insert: BulkInsert,
  rows: readonly (readonly unknown[])[],
  ...parameters: unknown[]
): Promise<number> {
  const text = getText(syntax, insert, () => {
    const { table, columns, onConflict } = insert;
    const values = columns.map((column, index) => syntax.value(column, index));
    // `where true`: without it, SQLite would parse ON as a join condition (sqlite.org/lang_upsert.html).
    const conflict = onConflict === undefined ? '' : ` where true ${write(onConflict, syntax)}`;
    return `insert into ${table} (${listNames(columns)}) select ${values} from ${syntax.expand(columns)}${conflict}`;
  });
  return execute(executor, text, [syntax.encodeRows(rows), ...parameters]);
}

/** An update of rows by their first column. Create it once: its text is cached. */
export type BulkUpdate = {
  table: string;
  /** The key, and the columns that are set. */
  columns: readonly [BulkColumn, ...BulkColumn[]];
  /** Whether the values are added to those of the rows. */
  isSum?: boolean;
};

/** Updates rows, whose values are in the order of the columns. */
export async function updateRows(
  executor: Executor,
  syntax: BulkSyntax,
  update: BulkUpdate,
  rows: readonly (readonly unknown[])[],
): Promise<number> {
  const text = getText(syntax, update, () => {
    const { table, columns, isSum = false } = update;
    const [key, ...changed] = columns;
    const assignments = changed.map((column, index) => {
      const value = syntax.value(column, index + 1);
      return `${column.name} = ${isSum ? `${table}.${column.name} + ${value}` : value}`;
    });
    const isKey = `${table}.${key.name} = ${syntax.value(key, 0)}`;
    return `update ${table} set ${assignments} from ${syntax.expand(columns)} where ${isKey}`;
  });
  return execute(executor, text, [syntax.encodeRows(rows)]);
}

/** A query for the rows whose key is in a list, or their deletion. Create it once: its text is cached. */
export type BulkQuery = {
  /** The statement before `where`. */
  begin: string;
  key: string;
  /** What follows the condition. */
  end?: string;
};

/** Selects the rows whose key is in the list. */
export async function selectRows<Row>(
  executor: Executor,
  syntax: BulkSyntax,
  query: BulkQuery,
  keys: Iterable<number | string>,
): Promise<Row[]> {
  const text = getQueryText(syntax, query);
  const { rows } = await executor.executeQuery<Row>(CompiledQuery.raw(text, [syntax.encodeList(keys)]));
  return rows;
}

/** A query for the rows of a table that equal one of the given rows in these columns. Create it once. */
export type BulkMatch = {
  /** What is selected. */
  select: string;
  table: string;
  columns: readonly BulkColumn[];
  /** A further condition. */
  condition(syntax: BulkSyntax): string;
};

/**
 * Selects the rows that equal one of the given rows.
 * @param parameters the further parameters of the condition
 */
export async function selectMatches<Row>(
  executor: Executor,
  syntax: BulkSyntax,
  match: BulkMatch,
  rows: readonly (readonly unknown[])[],
  ...parameters: unknown[]
): Promise<Row[]> {
  const text = getText(syntax, match, () => {
    const { select, table, columns, condition } = match;
    const equal = columns.map((column, index) => `${table}.${column.name} = ${syntax.value(column, index)}`);
    const source = `${syntax.expand(columns)} join ${table} on ${equal.join(' and ')}`;
    return `select ${select} from ${source} where ${condition(syntax)}`;
  });
  const values = [syntax.encodeRows(rows), ...parameters];
  return (await executor.executeQuery<Row>(CompiledQuery.raw(text, values))).rows;
}

/** Deletes the rows whose key is in the list. */
export async function deleteRows(
  executor: Executor,
  syntax: BulkSyntax,
  query: BulkQuery,
  keys: Iterable<number | string>,
): Promise<number> {
  return execute(executor, getQueryText(syntax, query), [syntax.encodeList(keys)]);
}

function getQueryText(syntax: BulkSyntax, query: BulkQuery): string {
  return getText(syntax, query, () => `${query.begin} where ${syntax.isIn(query.key)} ${query.end ?? ''}`);
}

async function execute(executor: Executor, text: string, parameters: unknown[]): Promise<number> {
  const { numAffectedRows = 0n } = await executor.executeQuery(CompiledQuery.raw(text, parameters));
  return Number(numAffectedRows);
}

const textsBySyntax = new WeakMap<BulkSyntax, WeakMap<object, string>>();

function getText(syntax: BulkSyntax, statement: object, create: () => string): string {
  let texts = textsBySyntax.get(syntax);
  if (texts === undefined) {
    texts = new WeakMap();
    textsBySyntax.set(syntax, texts);
  }
  let text = texts.get(statement);
  if (text === undefined) {
    text = create();
    texts.set(statement, text);
  }
  return text;
}

function write(clause: string | ((syntax: BulkSyntax) => string), syntax: BulkSyntax): string {
  return typeof clause === 'string' ? clause : clause(syntax);
}

function listNames(columns: readonly BulkColumn[]): string {
  return columns.map(({ name }) => name).join();
}

/** Returns the values of a row in the order of the columns. */
export function toValues(columns: readonly BulkColumn[], row: object): unknown[] {
  return columns.map(({ name }) => (row as Record<string, unknown>)[name]);
}

/** Returns a value as it is encoded: lone surrogates, which the databases reject in JSON, are replaced as in a text. */
export function toEncodable(value: unknown): unknown {
  return typeof value === 'string' ? value.toWellFormed() : value;
}
