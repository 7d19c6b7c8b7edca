// Counts the lines of each section and makes their checksums, as they go by.

import { createHash, type Hash } from 'node:crypto';
import type { Totals } from './file-format.ts';

export class Checksums {
  readonly #sections = new Map<string, { rows: number; hash: Hash }>();

  has(section: string): boolean {
    return this.#sections.has(section);
  }

  /** Counts lines of a section, and answers their text: each with its end. */
  add(section: string, lines: readonly string[]): string {
    const former = this.#sections.get(section);
    const { rows, hash } = former ?? { rows: 0, hash: createHash('sha256') };
    const text = lines.map((line) => `${line}\n`).join('');
    this.#sections.set(section, { rows: rows + lines.length, hash: hash.update(text) });
    return text;
  }

  /** What has gone by so far. */
  get totals(): Totals {
    return Object.fromEntries(
      [...this.#sections].map(([section, { rows, hash }]) => [section, { rows, sha256: hash.copy().digest('hex') }]),
    );
  }
}
