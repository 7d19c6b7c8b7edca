// Notices that commits stay in the `-wal` file. SQLite moves them into the database file after a commit, once there are
// about 4 MB (automatic checkpoint), and ignores every error of that. The `-wal` file would grow until the disk is
// full.

import type Database from 'better-sqlite3';
import { moveCommits } from '../connections.ts';
import { toSqliteFileError } from '../errors.ts';

type CheckpointMonitorOptions = {
  /** The absolute path of the database. */
  file: string;
  /** The writing connection. */
  database: Database.Database;
  log: { info(text: string): void; warn(fields: object, text: string): void };
};

/** A `-wal` file of this size shows that automatic checkpoints fail, or that a large group was committed. */
const maxLogBytes = 16_777_216;

/** The time between two attempts while checkpoints fail, in milliseconds. */
const retryMs = 5_000;

export class CheckpointMonitor {
  readonly #options: CheckpointMonitorOptions;
  /** The message of the latest failure; undefined: the latest checkpoint succeeded. */
  #failure: string | undefined;
  #triedAtMs = 0;

  constructor(options: CheckpointMonitorOptions) {
    this.#options = options;
  }

  /**
   * Moves the commits itself if there are too many of them, and logs why that fails: once for each cause, until it
   * succeeds. Commits in the `-wal` file are durable, and so writes continue. Call it after a commit.
   * @param logBytes the size of the `-wal` file
   */
  check(logBytes: number): void {
    if (logBytes < maxLogBytes && this.#failure === undefined) return;
    const { database, file, log } = this.#options;
    const nowMs = performance.now();
    const isDue = this.#failure === undefined || nowMs - this.#triedAtMs >= retryMs;
    if (!isDue || database.inTransaction) return;
    this.#triedAtMs = nowMs;
    const failure = this.#checkpoint();
    if (failure !== undefined && failure !== this.#failure) {
      log.warn({ path: `${file}-wal`, bytes: logBytes }, `commits stay in ${file}-wal, which grows: ${failure}`);
    } else if (failure === undefined && this.#failure !== undefined) {
      log.info(`commits are moved from ${file}-wal again`);
    }
    this.#failure = failure;
  }

  /** Returns why commits remain; undefined: the `-wal` file is empty. */
  #checkpoint(): string | undefined {
    const { database, file } = this.#options;
    try {
      return moveCommits(database) ? undefined : 'another process reads the database; end its transaction';
    } catch (error) {
      const cause = toSqliteFileError(file, error);
      return cause instanceof Error ? cause.message : String(cause);
    }
  }
}
