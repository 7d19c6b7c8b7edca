// Counts the lines of each section and computes their checksums.

import { createHash, type Hash } from 'node:crypto';
import type { Totals } from './file-format.ts';

export class Checksums {
  readonly #sections = new Map<string, { rows: number; hash: Hash }>();

  has(section: string): boolean {
    return this.#sections.has(section);
  }

  /** Adds lines to a section and returns their text, each line with its line feed. */
  add(section: string, lines: readonly string[]): string {
    const former = this.#sections.get(section);
    const { rows, hash } = former ?? { rows: 0, hash: createHash('sha256') };
    const text = lines.map((line) => `${line}\n`).join('');
    this.#sections.set(section, { rows: rows + lines.length, hash: hash.update(text) });
    return text;
  }

  /** The counts and checksums so far. */
  get totals(): Totals {
    return Object.fromEntries(
      [...this.#sections].map(([section, { rows, hash }]) => [section, { rows, sha256: hash.copy().digest('hex') }]),
    );
  }
}
