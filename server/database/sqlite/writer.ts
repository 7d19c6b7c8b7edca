// Transactions on a SQLite file: refused while the disk is full or the file is not the one that was opened, and resumed
// without a restart.

import type { EntityManager } from '@mikro-orm/sql';
import type { MikroORM } from '@mikro-orm/sqlite';
import { sql } from 'kysely';
import type { Logger } from 'pino';
import { hasErrorCode } from '../../shared/error-code.ts';
import { classifyFailure } from '../errors.ts';
import { forkWithin } from '../orm.ts';
import type { RecentRows } from '../recent-rows.ts';
import type { Store } from '../store.ts';
import { WriteHealth } from '../write-health.ts';
import type { ConnectionPair } from './connection-pair.ts';
import { toSqliteFileError } from './errors.ts';
import { hasFreeSpace, minFreeBytes, OpenedFiles } from './file/database-file.ts';
import { saveCopy } from './file/saved-copy.ts';
import { getConnection } from './read-connection.ts';
import { outdatedCode } from './writer-thread/messages.ts';
import { runInThread, ThreadTransaction } from './writer-thread/transaction.ts';

type SqliteWriterOptions = {
  /** The absolute path of the database. */
  file: string;
  connections: ConnectionPair;
  orm: MikroORM;
  recentRows: RecentRows;
  log: Logger;
};

export class SqliteWriter {
  readonly #options: SqliteWriterOptions;
  readonly #health: WriteHealth;
  #opened: OpenedFiles;
  /** Transactions run one after the other. */
  #turn: Promise<unknown> = Promise.resolve();
  /** How many rows all transactions have changed. */
  #changes = 0;
  /** The version of the data after the latest commit; undefined if it is not known. */
  #dataVersion: number | undefined;

  constructor(options: SqliteWriterOptions) {
    this.#options = options;
    this.#opened = new OpenedFiles(options.file);
    this.#health = new WriteHealth(
      options.log,
      () => this.#probe(),
      () => this.#changes,
    );
  }

  /**
   * Migrates the database. If the disk is full and the schema exists, only reads are possible.
   * @throws SqliteFileError the file is unusable
   */
  async open(): Promise<void> {
    const { connections, log } = this.#options;
    if (connections.readOnlyCause === undefined) {
      try {
        await this.#prepare();
      } catch (error) {
        if (classifyFailure(error) !== 'storage') throw error;
        await connections.restrict(error);
      }
    }
    if (connections.readOnlyCause === undefined) return;
    log.error('the database is open for reads only; writes are refused until they are possible again');
    this.#health.reportFailure(connections.readOnlyCause);
  }

  /** See {@link Store.transaction}. */
  readonly transaction: Store['transaction'] = (work) => this.#health.track(() => this.#runInTurn(work));

  /** Whether the file is still the one that was opened, can be read, and took the latest write. Never throws. */
  async isHealthy(): Promise<boolean> {
    const { connections, file } = this.#options;
    try {
      this.#opened.assertUnchanged();
      await connections.reading.replacement;
      getConnection(connections.reading).prepare('select name from counters limit 1').all();
    } catch (error) {
      this.#health.reportFailure(toSqliteFileError(file, error));
      return false;
    }
    return this.#health.isHealthy();
  }

  /** Waits for the transaction in progress. If the database file is no longer at its path, saves a copy. */
  async close(): Promise<void> {
    const { connections, file, log } = this.#options;
    await this.#turn;
    try {
      this.#opened.assertUnchanged();
    } catch (cause) {
      log.error({ err: cause }, `the database file is no longer at ${file}`);
      saveCopy(file, connections.reading, log);
    }
  }

  #runInTurn<Result>(work: (em: EntityManager) => Promise<Result>): Promise<Result> {
    const done = this.#turn.then(() => this.#run(work));
    this.#turn = done.catch(() => {});
    return done;
  }

  /** If another process has written, `work` is repeated without the rows in memory. */
  async #run<Result>(work: (em: EntityManager) => Promise<Result>): Promise<Result> {
    try {
      return await this.#attempt(work);
    } catch (error) {
      if (hasErrorCode(error, outdatedCode)) return this.#attempt(work);
      throw error;
    }
  }

  async #attempt<Result>(work: (em: EntityManager) => Promise<Result>): Promise<Result> {
    const { connections, orm, recentRows, file } = this.#options;
    try {
      if (connections.readOnlyCause !== undefined) await this.#recover();
      const begin = { dataVersion: this.#dataVersion };
      this.#dataVersion = undefined;
      const connection = new ThreadTransaction(connections.writer);
      const { result, commit } = await runInThread(connection, begin, (transaction) =>
        work(forkWithin(orm.em, transaction)),
      );
      this.#changes += commit.changes;
      this.#dataVersion = commit.dataVersion;
      recentRows.endTransaction(true);
      return result;
    } catch (error) {
      recentRows.endTransaction(false);
      throw hasErrorCode(error, outdatedCode) ? error : toSqliteFileError(file, error);
    }
  }

  /** Opens the writer again if there is space. Otherwise reads continue. */
  async #recover(): Promise<void> {
    const { connections, recentRows, file } = this.#options;
    // The versions of the new connection cannot be compared with those of the old one.
    this.#dataVersion = undefined;
    recentRows.endTransaction(false);
    this.#opened.assertUnchanged();
    this.#assertSpace();
    await connections.reopen();
    this.#opened = new OpenedFiles(file);
    if (connections.readOnlyCause !== undefined) throw connections.readOnlyCause;
    try {
      await this.#prepare();
    } catch (error) {
      await connections.restrict(error);
      this.#opened = new OpenedFiles(file);
      throw error;
    }
  }

  async #prepare(): Promise<void> {
    const { connections, orm, file } = this.#options;
    await orm.migrator.up();
    await connections.writer.startCommands();
    this.#opened = new OpenedFiles(file);
  }

  /** After a failed write, writes are tried again only if there is space. */
  #assertSpace(): void {
    const { file, connections } = this.#options;
    if (hasFreeSpace(file)) return;
    const full = Object.assign(new Error(`less than ${minFreeBytes} bytes are free`), { code: 'SQLITE_FULL' });
    throw connections.readOnlyCause ?? toSqliteFileError(file, full);
  }

  /** Allocates as many pages as a large group needs, without keeping them, and then commits a small change. */
  async #probe(): Promise<void> {
    this.#assertSpace();
    await this.#runInTurn(async (em) => {
      const kysely = em.getKysely<{ counters: { value: number } }>();
      await sql`savepoint probe`.execute(kysely);
      await sql`create table write_probe as select zeroblob(${sql.lit(minFreeBytes)}) as content`.execute(kysely);
      await sql`rollback to probe`.execute(kysely);
      await sql`release probe`.execute(kysely);
      await kysely
        .updateTable('counters')
        .set((eb) => ({ value: eb.ref('value') }))
        .execute();
    });
  }
}
