// Goes through the tokens of a JSON text one by one, without judging them.

export const quote = 0x22;
export const comma = 0x2c;
export const colon = 0x3a;
export const openBracket = 0x5b;
export const closeBracket = 0x5d;
export const openBrace = 0x7b;
export const closeBrace = 0x7d;
const space = 0x20;

export class JsonCursor {
  readonly #text: string;
  #position = 0;
  /** Where the next backslash is; most texts have none. */
  #backslash: number;
  /** Whether the string that was taken last has escapes. */
  isEscaped = false;

  constructor(text: string) {
    this.#text = text;
    this.#backslash = this.#backslashFrom(0);
  }

  /** The code of the next token; NaN at the end. */
  peek(): number {
    for (;;) {
      const code = this.#text.charCodeAt(this.#position);
      if (code > space || Number.isNaN(code)) return code;
      this.#position += 1;
    }
  }

  /** Takes the next token if it has this code; answers whether it had. */
  take(code: number): boolean {
    if (this.peek() !== code) return false;
    this.#position += 1;
    return true;
  }

  /** Takes the string that is next, as it is written, with its quotes; undefined where it has no end. */
  takeString(): string | undefined {
    const start = this.#position;
    let end = this.#text.indexOf('"', start + 1);
    this.isEscaped = this.#backslash < end;
    while (end >= 0 && this.#backslash < end) {
      if (end === this.#backslash + 1) end = this.#text.indexOf('"', end + 1);
      this.#backslash = this.#backslashFrom(this.#backslash + 2);
    }
    if (end < 0) return undefined;
    this.#position = end + 1;
    return this.#text.slice(start, this.#position);
  }

  /** Takes what is next up to a delimiter: a number, or true, false or null. The empty text where there is nothing. */
  takeAtom(): string {
    const start = this.#position;
    while (!isDelimiter(this.#text.charCodeAt(this.#position))) this.#position += 1;
    return this.#text.slice(start, this.#position);
  }

  #backslashFrom(position: number): number {
    const found = this.#text.indexOf('\\', position);
    return found < 0 ? Number.POSITIVE_INFINITY : found;
  }
}

/** Beyond the end of a text, all codes are NaN. */
function isDelimiter(code: number): boolean {
  return code === comma || code === closeBrace || code === closeBracket || code <= space || Number.isNaN(code);
}
