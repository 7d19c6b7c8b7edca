// Splits a byte stream into UTF-8 lines and counts them. A last line without a line feed means that the file is
// truncated.

import { createFileError } from './file-format.ts';

const newline = 0x0a;
/** No row is nearly this long, so a longer line is not part of an export. */
const maxLineBytes = 16 * 2 ** 20;

export class LineReader {
  readonly #chunks: AsyncIterator<Buffer>;
  readonly #decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  #rest: Buffer = Buffer.alloc(0);
  #start = 0;
  #number = 0;

  constructor(bytes: AsyncIterable<Buffer>) {
    this.#chunks = bytes[Symbol.asyncIterator]();
  }

  /** The number of the line that was read last, from 1. After the end: the number of the missing next line. */
  get number(): number {
    return this.#number;
  }

  /**
   * Returns the next line without its line feed; undefined at the end.
   * @throws StartupError the line is not UTF-8, truncated or too long
   */
  async next(): Promise<string | undefined> {
    this.#number += 1;
    let end = this.#rest.indexOf(newline, this.#start);
    while (end < 0) {
      const searched = this.#rest.length - this.#start;
      if (searched > maxLineBytes) throw createFileError(this.#number, 'the line is too long');
      if (!(await this.#readOn())) return this.#atEnd();
      end = this.#rest.indexOf(newline, searched);
    }
    const line = this.#rest.subarray(this.#start, end);
    this.#start = end + 1;
    return this.#textOf(line);
  }

  async #readOn(): Promise<boolean> {
    const { value, done } = await this.#chunks.next();
    if (done) return false;
    this.#rest = Buffer.concat([this.#rest.subarray(this.#start), value]);
    this.#start = 0;
    return true;
  }

  #atEnd(): undefined {
    if (this.#rest.length > this.#start) throw createFileError(this.#number, 'the file is truncated');
  }

  #textOf(line: Buffer): string {
    try {
      return this.#decoder.decode(line);
    } catch (cause) {
      throw createFileError(this.#number, 'not UTF-8', { cause });
    }
  }
}
