// Statements over any number of rows whose text is constant: the rows are one parameter. A text that varied with the
// number of rows would be parsed and planned again for each group of commands.

import { CompiledQuery, type QueryResult } from 'kysely';
import type { ColumnKind } from '../mapping/mapping.ts';

/** A column of a bulk statement, and how its value is stored. */
export type BulkColumn = { name: string; kind: ColumnKind };

/** How a database writes bulk statements. Parameters are numbered from 1, in the order in which they appear. */
export type BulkSyntax = {
  parameter(number: number): string;
  /** A `from` item with the name `given`: one row for each row of the parameter. */
  expand(columns: readonly BulkColumn[], number: number): string;
  /** The value of a column of `given`. */
  value(column: BulkColumn, index: number): string;
  /** The condition that a column is one of the entries of the parameter. */
  buildInCondition(column: string, number: number): string;
  /** A query for the ids that the parameter lists. */
  selectIds(number: number): string;
  /** Encodes rows, whose values are in the order of the columns, as a parameter of `expand`. */
  encodeRows(rows: readonly (readonly unknown[])[]): unknown;
  /** Encodes ids or texts as a parameter of `buildInCondition` or `selectIds`. */
  encodeList(list: Iterable<number | string>): unknown;
};

/** Runs statements: a Kysely instance or transaction. */
export type Executor = { executeQuery<Row>(query: ConstantQuery<Row>): Promise<QueryResult<Row>> };

/**
 * An execution of a statement of constant text. A write has no result. A transaction may send it without waiting for
 * the response, and then fails at the commit at the latest.
 */
export type ConstantQuery<Row = unknown> = CompiledQuery<Row> & {
  readonly isConstant: true;
  readonly isWrite: boolean;
};

/** A statement of constant text. Create it once. */
export class Statement {
  readonly #build: (syntax: BulkSyntax) => string;
  readonly #texts = new WeakMap<BulkSyntax, string>();

  constructor(build: (syntax: BulkSyntax) => string) {
    this.#build = build;
  }

  getText(syntax: BulkSyntax): string {
    const known = this.#texts.get(syntax);
    if (known !== undefined) return known;
    const text = this.#build(syntax);
    this.#texts.set(syntax, text);
    return text;
  }
}

/** Runs a query. */
export async function executeSelect<Row>(
  executor: Executor,
  syntax: BulkSyntax,
  statement: Statement,
  parameters: readonly unknown[],
): Promise<Row[]> {
  return (await executor.executeQuery(toConstantQuery<Row>(statement.getText(syntax), parameters, false))).rows;
}

/** Runs a statement without a result. See {@link ConstantQuery}. */
export async function executeWrite(
  executor: Executor,
  syntax: BulkSyntax,
  statement: Statement,
  parameters: readonly unknown[],
): Promise<void> {
  await executor.executeQuery(toConstantQuery(statement.getText(syntax), parameters, true));
}

/** Executes a statement for rows, whose values are in the order of its columns, if there are any. */
export async function writeRows(
  executor: Executor,
  syntax: BulkSyntax,
  statement: Statement,
  rows: readonly (readonly unknown[])[],
): Promise<void> {
  if (rows.length > 0) await executeWrite(executor, syntax, statement, [syntax.encodeRows(rows)]);
}

/** Creates the execution of a text that never varies. */
export function toConstantQuery<Row>(
  text: string,
  parameters: readonly unknown[],
  isWrite: boolean,
): ConstantQuery<Row> {
  return { ...(CompiledQuery.raw(text, [...parameters]) as CompiledQuery<Row>), isConstant: true, isWrite };
}

/**
 * Creates the insert of encoded rows.
 * @param onConflict the conflict clause, such as `on conflict (run_id) do nothing`
 */
export function buildInsert(table: string, columns: readonly BulkColumn[], onConflict?: string): Statement {
  return new Statement((syntax) => {
    const values = columns.map((column, index) => syntax.value(column, index));
    // `where true`: without it, SQLite would parse ON as a join condition (sqlite.org/lang_upsert.html).
    const conflict = onConflict === undefined ? '' : ` where true ${onConflict}`;
    const names = columns.map(({ name }) => name);
    return `insert into ${table} (${names}) select ${values} from ${syntax.expand(columns, 1)}${conflict}`;
  });
}

/**
 * Creates the update of the rows whose first column is given, by encoded rows.
 * @param isSum whether the values are added to those of the rows. Default: false
 */
export function buildUpdate(
  table: string,
  columns: readonly [BulkColumn, ...BulkColumn[]],
  { isSum } = { isSum: false },
): Statement {
  const [key, ...changed] = columns;
  return new Statement((syntax) => {
    const assignments = changed.map((column, index) => {
      const value = syntax.value(column, index + 1);
      return `${column.name} = ${isSum ? `${table}.${column.name} + ${value}` : value}`;
    });
    const keyCondition = `${table}.${key.name} = ${syntax.value(key, 0)}`;
    return `update ${table} set ${assignments} from ${syntax.expand(columns, 1)} where ${keyCondition}`;
  });
}

/** Returns the values of a row in the order of the columns. */
export function toValues(columns: readonly BulkColumn[], row: object): unknown[] {
  return columns.map(({ name }) => (row as Record<string, unknown>)[name]);
}

/** Returns a value as it is encoded: lone surrogates, which the databases reject in JSON, are replaced as in a text. */
export function toEncodable(value: unknown): unknown {
  return typeof value === 'string' ? value.toWellFormed() : value;
}
