// Reads that are built and compiled once, and then only run, each time with other values.

import type { Compilable, CompiledQuery, Kysely } from 'kysely';
import type { Dialect } from './dialect.ts';
import type { Store } from './store.ts';
import type { Tables } from './tables.ts';

/** Stands in a query for the value of this name. */
export type Parameter<Values> = <Name extends keyof Values>(name: Name) => Exclude<Values[Name], undefined>;

/** Runs a read with these values. */
type Read<Row, Values, Shape> = (store: Store, values: Values, shape: Shape) => Promise<Row[]>;

/** Holds the place of a value in a query that is compiled. */
class Placeholder {
  readonly name: PropertyKey;

  constructor(name: PropertyKey) {
    this.name = name;
  }
}

/**
 * Prepares a read.
 * @param build builds its query. Whatever the text of the query depends on has to stand in `shape`: one query is
 * compiled for each. There must be few.
 * @param hangsOnValues whether the best way to what is asked depends on the values. PostgreSQL then looks for it each
 * time, which takes as long as finding a single row.
 */
export function preparedRead<Row, Values extends object, Shape = void>(
  build: (reader: Kysely<Tables>, parameter: Parameter<Values>, shape: Shape, dialect: Dialect) => Compilable<Row>,
  hangsOnValues: (shape: Shape) => boolean = () => false,
): Read<Row, Values, Shape> {
  // A process may open more than one store, as tests do, and each has a reader of its own.
  const compiledOn = new WeakMap<Kysely<Tables>, Map<string, CompiledQuery<Row>>>();
  const compile = ({ reader, dialect }: Store, shape: Shape) =>
    build(reader, (name) => new Placeholder(name) as never, shape, dialect).compile();

  return (store, values, shape) => {
    const { reader } = store;
    const compiled = getOrAdd(compiledOn, reader, () => new Map<string, CompiledQuery<Row>>());
    const query = getOrAdd(compiled, JSON.stringify(shape), () => compile(store, shape));
    const parameters = query.parameters.map((parameter) =>
      parameter instanceof Placeholder ? Reflect.get(values, parameter.name) : parameter,
    );
    return store.read({ ...query, parameters }, hangsOnValues(shape) ? 'each time' : 'once');
  };
}

type Memory<Key, Value> = { get(key: Key): Value | undefined; set(key: Key, value: Value): unknown };

function getOrAdd<Key, Value>(memory: Memory<Key, Value>, key: Key, make: () => Value): Value {
  const known = memory.get(key);
  if (known !== undefined) return known;
  const made = make();
  memory.set(key, made);
  return made;
}
