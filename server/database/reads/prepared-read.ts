// Reads whose SQL is built and compiled once and then run with different values.

import type { Compilable, CompiledQuery, Kysely } from 'kysely';
import type { Dialect } from '../dialect.ts';
import { type Column, listNames } from '../mapping/mapping.ts';
import { convertToRecord, type RowConverter } from '../mapping/row-converter.ts';
import type { PlanMode, Store } from '../store.ts';
import type { Tables } from '../tables.ts';
import type { Lookup } from './lookup.ts';
import { maxPartBytes, type Part } from './slice.ts';

/** Refers to the value of this name in a query. */
export type Parameter<Values> = <Name extends keyof Values>(name: Name) => Exclude<Values[Name], undefined>;

/** Runs the read with these values. */
type Read<Result, Values, Shape> = (store: Store, values: Values, shape: Shape) => Promise<Result[]>;

/** Runs the read with these values. @param maxBytes default: `maxPartBytes` */
type PartRead<Result, Values, Shape> = (
  store: Store,
  values: Values,
  shape: Shape,
  maxBytes?: number,
) => Promise<Part<Result>>;

/** Builds a query. Everything that changes its text must be part of `shape`. */
type Build<Row, Values, Shape> = (
  reader: Kysely<Tables>,
  parameter: Parameter<Values>,
  shape: Shape,
  dialect: Dialect,
) => Compilable<Row>;

/** Marks the place of a value in a compiled query. */
class Placeholder {
  readonly name: PropertyKey;

  constructor(name: PropertyKey) {
    this.name = name;
  }
}

/** How the rows of a read are planned and converted. */
type ReadOptions<Result, Shape> = {
  /**
   * Whether the best plan depends on the values. PostgreSQL then plans each execution, which takes as long as reading a
   * single row. Default: it does not.
   */
  dependsOnValues?: (shape: Shape) => boolean;
  /** Converts the rows. Default: they are returned as records. */
  converter?: RowConverter<Result>;
};

/**
 * Prepares a read.
 * @param build builds the query. Everything that changes its text must be part of `shape`: one query is compiled per
 *   shape, so shapes must be few.
 */
export function preparedRead<Row, Values extends object, Shape = void, Result = Row>(
  build: Build<Row, Values, Shape>,
  {
    dependsOnValues = () => false,
    converter = convertToRecord as RowConverter<Result>,
  }: ReadOptions<Result, Shape> = {},
): Read<Result, Values, Shape> {
  const bind = createBinder(build);
  return (store, values, shape) =>
    store.read(bind(store, values, shape), choosePlanMode(dependsOnValues(shape)), converter);
}

/** Prepares a read that ends at a limit of bytes. The parameters are those of `preparedRead`. */
export function preparedPartRead<Row, Values extends { limit: number }, Shape = void, Result = Row>(
  build: Build<Row, Values, Shape>,
  {
    dependsOnValues = () => false,
    converter = convertToRecord as RowConverter<Result>,
  }: ReadOptions<Result, Shape> = {},
): PartRead<Result, Values, Shape> {
  const bind = createBinder(build);
  return (store, values, shape, maxBytes = maxPartBytes) => {
    const limits = { rows: values.limit, bytes: maxBytes };
    return store.readPart(bind(store, values, shape), choosePlanMode(dependsOnValues(shape)), converter, limits);
  };
}

function choosePlanMode(dependsOnValues: boolean): PlanMode {
  return dependsOnValues ? 'custom' : 'generic';
}

/** Creates a function that compiles the query once per shape and inserts the values. */
function createBinder<Row, Values extends object, Shape>(build: Build<Row, Values, Shape>) {
  // A process can open several stores, as tests do, and each has its own reader.
  const compiledOn = new WeakMap<Kysely<Tables>, Map<string, CompiledQuery<Row>>>();
  const compile = ({ reader, dialect }: Store, shape: Shape) =>
    build(reader, (name) => new Placeholder(name) as never, shape, dialect).compile();

  return (store: Store, values: Values, shape: Shape): CompiledQuery<Row> => {
    const { reader } = store;
    const compiled = getOrAdd(compiledOn, reader, () => new Map<string, CompiledQuery<Row>>());
    const query = getOrAdd(compiled, JSON.stringify(shape), () => compile(store, shape));
    const parameters = query.parameters.map((parameter) =>
      parameter instanceof Placeholder ? Reflect.get(values, parameter.name) : parameter,
    );
    return { ...query, parameters };
  };
}

type Cache<Key, Value> = { get(key: Key): Value | undefined; set(key: Key, value: Value): unknown };

function getOrAdd<Key, Value>(cache: Cache<Key, Value>, key: Key, create: () => Value): Value {
  const cached = cache.get(key);
  if (cached !== undefined) return cached;
  const created = create();
  cache.set(key, created);
  return created;
}

/**
 * Prepares the read of a row by its id. A database over a network reads the rows of several lookups with one statement.
 * @param columns the columns of the mapping of the table
 */
export function preparedLookup<Result>(
  table: Lookup<Result>['table'],
  columns: Readonly<Record<string, Column>>,
  converter: RowConverter<Result>,
): (store: Store, id: number) => Promise<Result | undefined> {
  const lookup: Lookup<Result> = { table, columns: listNames(columns), converter };
  const rowById = preparedRead<unknown, { id: number }, void, Result>(
    (reader, parameter) => reader.selectFrom(table).selectAll().where('id', '=', parameter('id')),
    { converter },
  );
  return async (store, id) => (store.lookUp ? store.lookUp(lookup, id) : (await rowById(store, { id }))[0]);
}
