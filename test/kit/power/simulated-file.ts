// The content of a file as a disk may keep it: what was synced, and the changes that were not synced yet.

import { ftruncateSync, writeSync } from 'node:fs';
import type { Survival } from './survival.ts';

/** The unit that a disk writes at once. */
const sectorBytes = 512;

/** A part of a write, within one sector. `at` is the number of its operation. */
type Piece = {
  at: number;
  offset: number;
  data: Buffer;
  /** A sync after the write failed. The disk may not have it, although later syncs succeed. */
  isLost: boolean;
};

/** A new length. `isCut` if the file became shorter. */
type Resize = { at: number; length: number; isCut: boolean };

/** The content of one file, as written and as synced. */
export class SimulatedFile {
  #bytes = Buffer.alloc(0);
  /** The length of the synced content, which `#bytes` may exceed. */
  #length = 0;
  #currentLength = 0;
  #pieces: Piece[] = [];
  #resizes: Resize[] = [];

  write(at: number, offset: number, data: Buffer): void {
    for (let start = 0; start < data.length; ) {
      const end = Math.min(data.length, start + sectorBytes - ((offset + start) % sectorBytes));
      this.#pieces.push({ at, offset: offset + start, data: data.subarray(start, end), isLost: false });
      start = end;
    }
    if (offset + data.length > this.#currentLength) this.resize(at, offset + data.length);
  }

  resize(at: number, length: number): void {
    if (length === this.#currentLength) return;
    this.#resizes.push({ at, length, isCut: length < this.#currentLength });
    this.#currentLength = length;
  }

  /** The operations before `at` are on the disk, except those that an earlier sync lost. */
  sync(at: number): void {
    const isWritten = (piece: Piece) => piece.at < at && !piece.isLost;
    const rewritten = new Set(this.#pieces.filter(isWritten).map(toSector));
    const isApplied = (piece: Piece) => piece.at < at && rewritten.has(toSector(piece));
    const applied = this.#pieces.filter(isApplied);
    this.#pieces = this.#pieces.filter((piece) => !isApplied(piece));
    const resizes = this.#resizes.filter((resize) => resize.at < at);
    this.#resizes = this.#resizes.filter((resize) => resize.at >= at);
    for (const resize of resizes) {
      this.#apply(takeBefore(applied, resize.at + 1));
      this.#setLength(resize.length);
    }
    this.#apply(applied);
  }

  /**
   * A sync failed. Linux then treats the pages as written, so later syncs do not write them again
   * (wiki.postgresql.org/wiki/Fsync_Errors).
   */
  failSync(at: number): void {
    for (const piece of this.#pieces) if (piece.at < at) piece.isLost = true;
  }

  /** Writes the content that survives a power cut to an empty file. */
  writeSurvivor(fd: number, survival: Survival): void {
    const resizes = this.#resizes.slice(0, survival.count(this.#resizes));
    const missingCut = this.#resizes.slice(resizes.length).find(({ isCut }) => isCut);
    const length = resizes.at(-1)?.length ?? this.#length;
    // Content beyond a cut does not reappear when the file grows again.
    const kept = Math.min(this.#length, length, ...resizes.map((resize) => resize.length));
    if (kept > 0) writeSync(fd, this.#bytes, 0, kept, 0);
    ftruncateSync(fd, length);
    const sectors = Map.groupBy(this.#pieces, toSector);
    for (const pieces of sectors.values()) {
      const visible = missingCut ? pieces.filter(({ at }) => at < missingCut.at) : pieces;
      const lastCut = resizes.findLast((resize) => resize.isCut && resize.length <= (visible[0]?.offset ?? 0));
      writePieces(fd, lastCut ? visible.filter(({ at }) => at > lastCut.at) : visible, survival, length);
    }
  }

  #apply(pieces: Piece[]): void {
    for (const { offset, data } of pieces.splice(0)) {
      this.#reserve(offset + data.length);
      data.copy(this.#bytes, offset);
      this.#length = Math.max(this.#length, offset + data.length);
    }
  }

  #setLength(length: number): void {
    this.#reserve(length);
    // Bytes beyond the end read as zero when the file grows again.
    if (length < this.#length) this.#bytes.fill(0, length, this.#length);
    this.#length = length;
  }

  #reserve(length: number): void {
    if (length <= this.#bytes.length) return;
    const larger = Buffer.alloc(Math.max(length, 2 * this.#bytes.length));
    this.#bytes.copy(larger);
    this.#bytes = larger;
  }
}

function toSector({ offset }: Piece): number {
  return Math.floor(offset / sectorBytes);
}

/** Removes and returns the pieces of operations before `at`. */
function takeBefore(pieces: Piece[], at: number): Piece[] {
  const end = pieces.findIndex((piece) => piece.at >= at);
  return pieces.splice(0, end === -1 ? pieces.length : end);
}

/** Writes the first of these pieces of one sector. A write at the moment of the power cut may be incomplete. */
function writePieces(fd: number, pieces: readonly Piece[], survival: Survival, length: number): void {
  const count = survival.count(pieces);
  for (const { offset, data } of pieces.slice(0, count)) writeWithin(fd, data, offset, length);
  const torn = pieces[count];
  if (torn && survival.isTorn())
    writeWithin(fd, torn.data.subarray(0, survival.below(torn.data.length)), torn.offset, length);
}

function writeWithin(fd: number, data: Buffer, offset: number, length: number): void {
  const fitting = Math.min(data.length, length - offset);
  if (fitting > 0) writeSync(fd, data, 0, fitting, offset);
}
