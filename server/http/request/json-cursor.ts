// Iterates over the tokens of a JSON text without validating them.

export const quote = 0x22;
export const comma = 0x2c;
export const colon = 0x3a;
export const openBracket = 0x5b;
export const closeBracket = 0x5d;
export const openBrace = 0x7b;
export const closeBrace = 0x7d;
const space = 0x20;

/** A position in a JSON text, which moves from token to token. */
export class JsonCursor {
  readonly #text: string;
  #position = 0;
  /** The position of the next backslash. Most texts have none. */
  #backslash: number;
  /** Whether the last string contains escapes. */
  isEscaped = false;

  constructor(text: string) {
    this.#text = text;
    this.#backslash = this.#findBackslash(0);
  }

  /** The code of the next token; NaN at the end. */
  peek(): number {
    for (;;) {
      const code = this.#text.charCodeAt(this.#position);
      if (code > space || Number.isNaN(code)) return code;
      this.#position += 1;
    }
  }

  /** Consumes the next token if it has this code. Returns whether it had. */
  take(code: number): boolean {
    if (this.peek() !== code) return false;
    this.#position += 1;
    return true;
  }

  /** Consumes the next string, including its quotes; undefined if it is unterminated. */
  takeString(): string | undefined {
    const start = this.#position;
    let end = this.#text.indexOf('"', start + 1);
    this.isEscaped = this.#backslash < end;
    while (end >= 0 && this.#backslash < end) {
      if (end === this.#backslash + 1) end = this.#text.indexOf('"', end + 1);
      this.#backslash = this.#findBackslash(this.#backslash + 2);
    }
    if (end < 0) return undefined;
    this.#position = end + 1;
    return this.#text.slice(start, this.#position);
  }

  /** Consumes a number, true, false or null, up to a delimiter. Returns the empty text if there is none. */
  takeAtom(): string {
    const start = this.#position;
    while (!isDelimiter(this.#text.charCodeAt(this.#position))) this.#position += 1;
    return this.#text.slice(start, this.#position);
  }

  #findBackslash(position: number): number {
    const found = this.#text.indexOf('\\', position);
    return found < 0 ? Number.POSITIVE_INFINITY : found;
  }
}

/** Beyond the end of the text, codes are NaN. */
function isDelimiter(code: number): boolean {
  return code === comma || code === closeBrace || code === closeBracket || code <= space || Number.isNaN(code);
}
