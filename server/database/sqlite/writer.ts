// Transactions on a SQLite file: refused while the disk is full or the file is not the one that was opened, and resumed
// without a restart.

import type { EntityManager } from '@mikro-orm/sql';
import type { MikroORM } from '@mikro-orm/sqlite';
import type { Logger } from 'pino';
import { UnknownCommitError } from '../commit-errors.ts';
import { classifyFailure } from '../errors.ts';
import { runInTransaction } from '../orm.ts';
import type { Store } from '../store.ts';
import { WriteHealth } from '../write-health.ts';
import { CheckpointMonitor } from './checkpoint-monitor.ts';
import type { ConnectionPair } from './connection-pair.ts';
import { disableBusyTimeout } from './connections.ts';
import { toSqliteFileError } from './errors.ts';
import { hasFreeSpace, minFreeBytes, OpenedFiles } from './file/database-file.ts';
import { createFreeFile, syncFile } from './file/durable-files.ts';

type SqliteWriterOptions = {
  /** The absolute path of the database. */
  file: string;
  connections: ConnectionPair;
  orm: MikroORM;
  log: Logger;
};

export class SqliteWriter {
  readonly #options: SqliteWriterOptions;
  readonly #health: WriteHealth;
  readonly #checkpoints: CheckpointMonitor;
  #opened: OpenedFiles;
  #recovery: Promise<void> | undefined;

  constructor(options: SqliteWriterOptions) {
    this.#options = options;
    this.#opened = new OpenedFiles(options.file);
    this.#checkpoints = new CheckpointMonitor({ ...options, writing: options.connections.writing });
    const countWrites = () =>
      options.connections.writing.current.prepare('select total_changes()').pluck().get() as number;
    this.#health = new WriteHealth(options.log, () => this.#probe(), countWrites);
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
        connections.restrict(error);
      }
    }
    if (connections.readOnlyCause === undefined) return;
    log.error('the database is open for reads only; writes are refused until they are possible again');
    this.#health.reportFailure(connections.readOnlyCause);
  }

  /** See {@link Store.transaction}. */
  readonly transaction: Store['transaction'] = (work) => this.#health.track(() => this.#run(work));

  /** Whether the file is still the one that was opened, can be read, and took the latest write. Never throws. */
  async isHealthy(): Promise<boolean> {
    try {
      this.#opened.assertUnchanged();
      this.#options.connections.reading.current.prepare('select name from counters limit 1').all();
    } catch (error) {
      this.#health.reportFailure(toSqliteFileError(this.#options.file, error));
      return false;
    }
    return this.#health.isHealthy();
  }

  /**
   * Saves the data in another file if the database file is no longer at its path: the data would be lost when the
   * connections are closed. Never throws.
   */
  close(): void {
    const { file, log } = this.#options;
    try {
      this.#opened.assertUnchanged();
      return;
    } catch (cause) {
      log.error({ err: cause }, `the database file is no longer at ${file}`);
    }
    try {
      const path = this.#saveCopy();
      log.error({ path }, `the data of ${file} was saved in ${path}`);
    } catch (error) {
      log.error({ err: error }, `the data of ${file} cannot be saved`);
    }
  }

  /** Copies all committed data into a new file and returns its path. */
  #saveCopy(): string {
    const { connections, file } = this.#options;
    const path = createFreeFile(`${file}.saved`);
    connections.reading.current.pragma('query_only = OFF');
    connections.reading.current.prepare('vacuum into ?').run(path);
    syncFile(path);
    return path;
  }

  async #run<Result>(work: (em: EntityManager) => Promise<Result>): Promise<Result> {
    const { connections, orm, file } = this.#options;
    if (connections.readOnlyCause !== undefined) {
      this.#recovery ??= this.#recover().finally(() => {
        this.#recovery = undefined;
      });
      await this.#recovery;
    }
    try {
      this.#opened.assertUnchanged();
      const result = await runInTransaction(orm.em, work);
      this.#checkpoints.check(this.#assertStored());
      return result;
    } catch (error) {
      throw toSqliteFileError(file, error);
    }
  }

  /** A commit into a file that was deleted meanwhile must not be acknowledged. Returns the size of the `-wal` file. */
  #assertStored(): number {
    try {
      return this.#opened.assertUnchanged();
    } catch (cause) {
      throw new UnknownCommitError('the database file changed during a commit', { cause });
    }
  }

  /** Opens the writer again if there is space. Otherwise reads continue. */
  async #recover(): Promise<void> {
    try {
      this.#opened.assertUnchanged();
      this.#assertSpace();
      await this.#reopen();
    } catch (error) {
      throw toSqliteFileError(this.#options.file, error);
    }
  }

  async #reopen(): Promise<void> {
    const { connections, file } = this.#options;
    try {
      connections.reopen();
      if (connections.readOnlyCause !== undefined) throw connections.readOnlyCause;
      await this.#prepare();
    } catch (error) {
      if (connections.readOnlyCause === undefined) connections.restrict(error);
      this.#opened = new OpenedFiles(file);
      throw error;
    }
  }

  async #prepare(): Promise<void> {
    const { connections, orm } = this.#options;
    await orm.migrator.up();
    disableBusyTimeout(connections.writing.current);
    this.#opened = new OpenedFiles(this.#options.file);
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
    await this.#run(async (em) => {
      const { current } = this.#options.connections.writing;
      current.exec('savepoint probe');
      current.exec(`create table write_probe as select zeroblob(${minFreeBytes}) as content`);
      current.exec('rollback to probe; release probe');
      await em
        .getKysely<{ counters: { value: number } }>()
        .updateTable('counters')
        .set((eb) => ({ value: eb.ref('value') }))
        .execute();
    });
  }
}
