// A disk that loses data that was not synced: it follows a recording, and writes the files that survive a power cut.

import { closeSync, mkdirSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Random } from '../chaos/random.ts';
import type { Operation, Recording } from './recording.ts';
import { SimulatedFile } from './simulated-file.ts';
import { chooseSurvival } from './survival.ts';

type Entry = SimulatedFile | SimulatedFolder;

/** A name that was added (`entry`) or removed (no `entry`). */
type NameChange = { at: number; name: string; entry: Entry | undefined };

class SimulatedFolder {
  readonly current = new Map<string, Entry>();
  readonly #synced = new Map<string, Entry>();
  #changes: NameChange[] = [];

  set(at: number, name: string, entry: Entry | undefined): void {
    this.#changes.push({ at, name, entry });
    applyName(this.current, name, entry);
  }

  sync(at: number): void {
    for (const { name, entry } of this.#changes.filter((change) => change.at < at))
      applyName(this.#synced, name, entry);
    this.#changes = this.#changes.filter((change) => change.at >= at);
  }

  /** The names are journaled by the file system, so a failed sync leaves them to a later one. */
  failSync(): void {}

  /** Creates the folder at `path` with the files that survive a power cut. */
  writeSurvivor(path: string, random: Random, now: number): void {
    mkdirSync(path);
    const survival = chooseSurvival(random, now);
    const entries = new Map(this.#synced);
    for (const [name, changes] of Map.groupBy(this.#changes, (change) => change.name)) {
      const count = survival.count(changes);
      if (count > 0) applyName(entries, name, changes[count - 1]?.entry);
    }
    for (const [name, entry] of entries) writeEntry(join(path, name), entry, random, now);
  }
}

function applyName(entries: Map<string, Entry>, name: string, entry: Entry | undefined): void {
  if (entry) entries.set(name, entry);
  else entries.delete(name);
}

function writeEntry(path: string, entry: Entry, random: Random, now: number): void {
  if (entry instanceof SimulatedFolder) {
    entry.writeSurvivor(path, random, now);
  } else if (path.endsWith('-shm')) {
    // SQLite maps this file and never syncs it: its content is arbitrary.
    if (random.chance(0.5)) writeFileSync(path, Buffer.alloc(32_768, random.below(256)));
  } else {
    const fd = openSync(path, 'w', 0o600);
    entry.writeSurvivor(fd, chooseSurvival(random, now));
    closeSync(fd);
  }
}

/** The files below the recorded folder, as written and as synced. */
export class SimulatedDisk {
  readonly #recording: Recording;
  readonly #root = new SimulatedFolder();
  readonly #files = new Map<number, Entry>();
  readonly #syncBegins = new Map<number, number>();
  #next = 0;

  constructor(recording: Recording) {
    this.#recording = recording;
  }

  /** Follows the recording up to and including an operation. */
  advance(last: number): void {
    for (; this.#next <= last; this.#next += 1) {
      const operation = this.#recording.operations[this.#next];
      if (operation) this.#apply(operation, this.#next);
    }
  }

  /** Writes the files as a power cut now may leave them. Replaces what is at `path`. */
  writeSurvivor(path: string, random: Random): void {
    rmSync(path, { recursive: true, force: true });
    this.#root.writeSurvivor(path, random, this.#next);
  }

  #apply(operation: Operation, at: number): void {
    const { kind } = operation;
    // Descriptors belong to one process.
    if (kind === 'start') this.#files.clear();
    else if (kind === 'open') this.#open(operation, at);
    else if (kind === 'write') this.#findFile(operation.fd).write(at, operation.offset, operation.data);
    else if (kind === 'resize') this.#findFile(operation.fd).resize(at, operation.length);
    else if (kind === 'sync-begin') this.#syncBegins.set(operation.fd, at);
    else if (kind === 'sync-end') this.#endSync(operation);
    else if (kind === 'unlink') this.#setName(operation.path, undefined, at);
    else if (kind === 'create-folder') this.#setName(operation.path, new SimulatedFolder(), at);
    else if (kind === 'rename') this.#rename(operation, at);
  }

  #rename({ path, newPath }: Operation & { kind: 'rename' }, at: number): void {
    const entry = this.#findEntry(path);
    this.#setName(path, undefined, at);
    this.#setName(newPath, entry, at);
  }

  #open({ fd, path, isCreated, isEmptied }: Operation & { kind: 'open' }, at: number): void {
    if (isCreated) this.#setName(path, new SimulatedFile(), at);
    const entry = this.#findEntry(path);
    if (isEmptied && entry instanceof SimulatedFile) entry.resize(at, 0);
    this.#files.set(fd, entry);
  }

  #endSync({ fd, hasFailed }: Operation & { kind: 'sync-end' }): void {
    const entry = this.#files.get(fd);
    const begin = this.#syncBegins.get(fd);
    if (!entry || begin === undefined) throw new Error(`descriptor ${fd} was synced but not opened`);
    if (hasFailed) entry.failSync(begin);
    else entry.sync(begin);
  }

  #findFile(fd: number): SimulatedFile {
    const entry = this.#files.get(fd);
    if (entry instanceof SimulatedFile) return entry;
    throw new Error(`descriptor ${fd} is no open file`);
  }

  #setName(path: string, entry: Entry | undefined, at: number): void {
    const folder = this.#findEntry(dirname(path));
    if (!(folder instanceof SimulatedFolder)) throw new Error(`${path} is not in a folder`);
    folder.set(at, basename(path), entry);
  }

  #findEntry(path: string): Entry {
    const names = path.slice(this.#recording.folder.length).split('/').filter(Boolean);
    let entry: Entry | undefined = this.#root;
    for (const name of names) entry = entry instanceof SimulatedFolder ? entry.current.get(name) : undefined;
    if (!entry) throw new Error(`${path} was used but not created`);
    return entry;
  }
}
