// Reads rows by id. Lookups of one turn of the event loop share a statement, because sending one costs this process
// more than reading a row.

import { CompiledQuery } from 'kysely';
import type { Pool } from 'pg';
import { findColumn, type RowConverter } from '../../mapping/row-converter.ts';
import type { Lookup } from '../../reads/lookup.ts';
import { maxPartBytes } from '../../reads/slice.ts';
import { readPart } from './read.ts';

/** The most lookups of a statement. */
const maxBatchSize = 64;

/**
 * The most statements of a lookup that are in progress at once. Further lookups wait, and form larger batches. The
 * limit also bounds the memory of rows that have been read, and leaves connections to other reads.
 */
const maxStatements = 2;

/** `sinceMs` is a time of the monotonic clock. */
type Waiting<Result> = {
  id: number;
  sinceMs: number;
  resolve(row: Result | undefined): void;
  reject(error: unknown): void;
};

/** A row of a batch, which is converted when its lookup ends, so that an error concerns this lookup only. */
type FoundRow<Result> = readonly [id: number, convert: () => Result];

/** Collects and sends the lookups of a database. */
export class Lookups {
  readonly #pool: Pool;
  readonly #maxWaitMs: number;
  readonly #queues = new Map<Lookup<unknown>, LookupQueue<unknown>>();

  /**
   * @param pool the connections for reads
   * @param maxWaitMs how long a lookup may wait for statements that then fail
   */
  constructor(pool: Pool, maxWaitMs: number) {
    this.#pool = pool;
    this.#maxWaitMs = maxWaitMs;
  }

  /**
   * Returns the row with this id; undefined if there is none. The statement is sent
   * after the call, so it sees every commit that was acknowledged before.
   * @throws DatabaseUnavailableError, DatabaseError the statement of the batch failed
   */
  readonly find = <Result>(lookup: Lookup<Result>, id: number): Promise<Result | undefined> => {
    const existing = this.#queues.get(lookup) as LookupQueue<Result> | undefined;
    const queue = existing ?? new LookupQueue(this.#pool, this.#maxWaitMs, lookup);
    if (!existing) this.#queues.set(lookup, queue as LookupQueue<unknown>);
    return queue.find(id);
  };
}

class LookupQueue<Result> {
  readonly #pool: Pool;
  readonly #maxWaitMs: number;
  readonly #text: string;
  readonly #converter: RowConverter<FoundRow<Result>>;
  #waiting: Waiting<Result>[] = [];
  #statements = 0;
  #isScheduled = false;

  constructor(pool: Pool, maxWaitMs: number, { table, columns, converter }: Lookup<Result>) {
    this.#pool = pool;
    this.#maxWaitMs = maxWaitMs;
    this.#text = buildLookupText(table, columns);
    this.#converter = (names) => {
      const idIndex = findColumn(names, 'id');
      const convert = converter(names);
      return (values) => [values[idIndex] as number, () => convert(values)];
    };
  }

  find(id: number): Promise<Result | undefined> {
    const { promise, resolve, reject } = Promise.withResolvers<Result | undefined>();
    this.#waiting.push({ id, sinceMs: performance.now(), resolve, reject });
    if (!this.#isScheduled) {
      this.#isScheduled = true;
      setImmediate(() => {
        this.#isScheduled = false;
        this.#send();
      });
    }
    return promise;
  }

  #send(): void {
    while (this.#statements < maxStatements && this.#waiting.length > 0) {
      void this.#readBatch(this.#waiting.splice(0, maxBatchSize));
    }
  }

  async #readBatch(batch: Waiting<Result>[]): Promise<void> {
    this.#statements += 1;
    try {
      await this.#readAndSettle(batch);
    } catch (error) {
      this.#rejectExpired(error);
      for (const { reject } of batch) reject(error);
    }
    this.#statements -= 1;
    this.#send();
  }

  /** The next statements would probably wait as long as the one that has failed. */
  #rejectExpired(error: unknown): void {
    const start = performance.now() - this.#maxWaitMs;
    for (const { sinceMs, reject } of this.#waiting) if (sinceMs < start) reject(error);
    this.#waiting = this.#waiting.filter(({ sinceMs }) => sinceMs >= start);
  }

  /** Rows beyond the limit of bytes are read with the next batch. */
  async #readAndSettle(batch: Waiting<Result>[]): Promise<void> {
    const ids = [...new Set(batch.map(({ id }) => id))];
    const query = CompiledQuery.raw(this.#text, [JSON.stringify(ids)]);
    const limits = { rows: ids.length, bytes: maxPartBytes };
    const { rows, isCut } = await readPart(this.#pool, query, 'generic', this.#converter, limits);
    const found = new Map(rows);
    const unread = batch.filter((waiting) => !settle(waiting, found.get(waiting.id), isCut));
    this.#waiting.unshift(...unread);
  }
}

/** Ends a lookup. Returns whether it has ended: a missing row may follow after a cut. */
function settle<Result>({ resolve, reject }: Waiting<Result>, convert: (() => Result) | undefined, isCut: boolean) {
  if (!convert && isCut) return false;
  try {
    resolve(convert?.());
  } catch (error) {
    reject(error);
  }
  return true;
}

/**
 * Builds a statement whose kept plan reads each row through the index of its id. The parameter is JSON, because the
 * planner would estimate the length of an array, prefer a new plan for each short one, and read a small table as a
 * whole. `offset 0` keeps the subquery from becoming a join of other kinds.
 */
function buildLookupText(table: string, columns: string): string {
  return `select found.* from json_array_elements_text($1::json) as wanted (id)
    cross join lateral (select ${columns} from ${table} where ${table}.id = wanted.id::bigint offset 0) as found`;
}
