// The SQLite driver beneath MikroORM and Kysely: one connection that writes durably, begins its transactions immediate
// so that they never fail half-way, and is usable again after every failure.

import Database from 'better-sqlite3';
import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';

/** Whether a commit is on the disk is not known, and must not be guessed. */
export class UnknownCommitError extends Error {
  override readonly name = 'UnknownCommitError';
}

/** How many statements are remembered; far more than the service has. */
const maxRememberedStatements = 500;

class SqliteConnection implements DatabaseConnection {
  readonly #database: Database.Database;
  readonly #statements = new Map<string, Database.Statement>();

  constructor(database: Database.Database) {
    this.#database = database;
  }

  async executeQuery<Row>({ sql, parameters }: CompiledQuery): Promise<QueryResult<Row>> {
    const statement = this.#prepare(sql, parameters.length > 0);
    if (statement.reader) return { rows: statement.all(...parameters) as Row[] };
    const { changes, lastInsertRowid } = statement.run(...parameters);
    return { rows: [], numAffectedRows: BigInt(changes), insertId: BigInt(lastInsertRowid) };
  }

  /** A statement without parameters may carry values in its text: to remember those would leak. */
  #prepare(sql: string, hasParameters: boolean): Database.Statement {
    if (!hasParameters) return this.#database.prepare(sql);
    const known = this.#statements.get(sql);
    if (known) return known;
    if (this.#statements.size >= maxRememberedStatements) this.#statements.clear();
    const statement = this.#database.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }

  // biome-ignore lint/correctness/useYield: the interface asks for a generator, and nothing here streams.
  async *streamQuery<Row>(): AsyncGenerator<QueryResult<Row>> {
    throw new Error('SQLite results are not streamed');
  }
}

class SqliteDriver implements Driver {
  readonly #database: Database.Database;
  readonly #connection: SqliteConnection;
  #turn: Promise<void> = Promise.resolve();
  #endTurn: () => void = () => {};

  constructor(database: Database.Database) {
    this.#database = database;
    this.#connection = new SqliteConnection(database);
  }

  async init(): Promise<void> {}

  /** There is one connection: whoever wants it waits until the one before has given it back. */
  async acquireConnection(): Promise<DatabaseConnection> {
    const before = this.#turn;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#turn = promise;
    await before;
    this.#endTurn = resolve;
    return this.#connection;
  }

  async releaseConnection(): Promise<void> {
    this.#endTurn();
  }

  /** Where a rollback has failed, it is made up for here. */
  async beginTransaction(): Promise<void> {
    this.#rollback();
    this.#database.exec('begin immediate');
  }

  /** A commit that fails and leaves no transaction behind may be on the disk or not. */
  async commitTransaction(): Promise<void> {
    try {
      this.#database.exec('commit');
    } catch (cause) {
      if (this.#database.inTransaction) throw cause;
      throw new UnknownCommitError('nobody knows whether the commit is on the disk', { cause });
    }
  }

  /** Never throws: why the transaction failed is what counts. */
  async rollbackTransaction(): Promise<void> {
    try {
      this.#rollback();
    } catch {
      // The next transaction begins with another try.
    }
  }

  /** SQLite rolls back by itself where a disk is full or failing. */
  #rollback(): void {
    if (this.#database.inTransaction) this.#database.exec('rollback');
  }

  async savepoint(connection: DatabaseConnection, name: string): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw(`savepoint "${name}"`));
  }

  async rollbackToSavepoint(connection: DatabaseConnection, name: string): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw(`rollback to "${name}"`));
  }

  async releaseSavepoint(connection: DatabaseConnection, name: string): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw(`release "${name}"`));
  }

  async destroy(): Promise<void> {
    this.#database.close();
  }
}

/** A Kysely dialect over a connection that the caller has opened. Closing Kysely closes it. */
export function sqliteDialect(database: Database.Database): Dialect {
  return {
    createDriver: () => new SqliteDriver(database),
    createQueryCompiler: () => new SqliteQueryCompiler(),
    createAdapter: () => new SqliteAdapter(),
    createIntrospector: (kysely) => new SqliteIntrospector(kysely),
  };
}

/** How long the start waits for a file that somebody else, such as a backup, is using. */
const startPatienceMs = 5_000;

/**
 * Opens the connection that writes. Durable: a commit is on the disk before it returns (`synchronous=FULL`, which
 * a reopened WAL file does not have by default).
 */
export function openWriter(path: string): Database.Database {
  const database = new Database(path, { timeout: startPatienceMs });
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = FULL');
  database.pragma('foreign_keys = ON');
  return database;
}

/**
 * From now on nothing waits for a lock within SQLite, since that would stop the event loop: whoever meets a busy file
 * tries again later.
 */
export function stopWaiting(database: Database.Database): void {
  database.pragma('busy_timeout = 0');
}

/** Opens the connection that reads: it sees what is committed, and waits for no write. */
export function openReader(path: string): Database.Database {
  const database = new Database(path, { readonly: true, timeout: 0 });
  database.pragma('query_only = ON');
  return database;
}

const expectedPragmas = [
  { name: 'journal_mode', value: 'wal' },
  { name: 'synchronous', value: 2 },
  { name: 'foreign_keys', value: 1 },
];

/** @throws Error where the connection that writes lacks a setting that durability or integrity rests on. */
export function assertDurable(database: Database.Database): void {
  for (const { name, value } of expectedPragmas) {
    const actual = database.pragma(name, { simple: true });
    if (actual !== value) throw new Error(`the database has ${name}=${String(actual)} where it needs ${value}`);
  }
}
