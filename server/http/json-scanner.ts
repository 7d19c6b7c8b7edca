// Looks through a JSON text, before it is parsed, for what JSON.parse would pass over in silence. It goes once through
// the text, and stops where that is no JSON: to say why is left to JSON.parse.

import type { Fault } from '../../contract/problem-table.ts';
import { maxFaults } from '../problem.ts';
import { pointerTo } from './faults.ts';
import { roundingOf } from './json-number.ts';

/** How deep arrays and objects may be nested. */
const maxDepth = 32;

/** Each fault may lie as deep, and below names as long, as the text has room for. */
const maxPointersLength = 65_536;

const loneSurrogateOrNul = /\0|[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/;
const badText = 'must not contain NUL or lone surrogates';

const quote = 0x22;
const comma = 0x2c;
const colon = 0x3a;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const openBrace = 0x7b;
const closeBrace = 0x7d;

export class JsonScanner {
  readonly faults: Fault[] = [];
  /** Such a text should not be parsed at all. */
  isTooDeep = false;
  readonly #text: string;
  readonly #path: (string | number)[] = [];
  #position = 0;
  /** Where the next backslash is; most texts have none. */
  #backslash: number;
  #found = 0;
  #pointersLength = 0;

  /** @param text without lone surrogates, as text that comes from UTF-8 is */
  constructor(text: string) {
    this.#text = text;
    this.#backslash = this.#backslashFrom(0);
  }

  /** Looks through the text; false where it has stopped before the end. */
  scan(): boolean {
    return this.#value() && Number.isNaN(this.#skipSpace());
  }

  #value(): boolean {
    switch (this.#skipSpace()) {
      case quote:
        return this.#string();
      case openBrace:
        return this.#isDeepEnough() && this.#object();
      case openBracket:
        return this.#isDeepEnough() && this.#array();
      default:
        return this.#atom();
    }
  }

  #isDeepEnough(): boolean {
    // Each entry of the path lies in one that is open already.
    if (this.#path.length < maxDepth) return true;
    this.isTooDeep = true;
    this.#found = 0;
    this.#pointersLength = 0;
    this.#report(`is nested deeper than ${maxDepth}`);
    return false;
  }

  #object(): boolean {
    this.#position += 1;
    if (this.#skipSpace() === closeBrace) return this.#advance();
    const names = new Set<string>();
    do {
      const name = this.#name();
      if (name === undefined) return false;
      this.#path.push(name);
      this.#judgeName(name, names);
      if (this.#skipSpace() !== colon || !this.#advance() || !this.#value()) return false;
      this.#path.pop();
    } while (this.#skipSpace() === comma && this.#advance());
    return this.#skipSpace() === closeBrace && this.#advance();
  }

  #array(): boolean {
    this.#position += 1;
    if (this.#skipSpace() === closeBracket) return this.#advance();
    let index = 0;
    do {
      this.#path.push(index);
      if (!this.#value()) return false;
      this.#path.pop();
      index += 1;
    } while (this.#skipSpace() === comma && this.#advance());
    return this.#skipSpace() === closeBracket && this.#advance();
  }

  /** RFC 8259, section 4: what a reader makes of a name that is repeated is anybody's guess. */
  #judgeName(name: string, names: Set<string>): void {
    if (names.has(name)) this.#report('is given twice');
    names.add(name);
    if (name === '__proto__') this.#report('is a name that is not allowed');
  }

  /** The name of a member; undefined where there is none. */
  #name(): string | undefined {
    if (this.#skipSpace() !== quote) return undefined;
    const start = this.#position;
    const isEscaped = this.#skipString();
    if (isEscaped === undefined) return undefined;
    if (!isEscaped) return this.#text.slice(start + 1, this.#position - 1);
    const name = unescaped(this.#text.slice(start, this.#position));
    if (name === undefined || !loneSurrogateOrNul.test(name)) return name;
    this.#path.push(name);
    this.#report(`in its name ${badText}`);
    this.#path.pop();
    return name;
  }

  #string(): boolean {
    const start = this.#position;
    const isEscaped = this.#skipString();
    if (!isEscaped) return isEscaped !== undefined;
    const value = unescaped(this.#text.slice(start, this.#position));
    if (value !== undefined && loneSurrogateOrNul.test(value)) this.#report(badText);
    return value !== undefined;
  }

  /** Goes behind a string, and tells whether it has escapes; undefined where it has no end. */
  #skipString(): boolean | undefined {
    let end = this.#text.indexOf('"', this.#position + 1);
    const isEscaped = this.#backslash < end;
    while (end >= 0 && this.#backslash < end) {
      if (end === this.#backslash + 1) end = this.#text.indexOf('"', end + 1);
      this.#backslash = this.#backslashFrom(this.#backslash + 2);
    }
    if (end < 0) return undefined;
    this.#position = end + 1;
    return isEscaped;
  }

  /** A number, or true, false or null. */
  #atom(): boolean {
    const start = this.#position;
    while (!isDelimiter(this.#text.charCodeAt(this.#position))) this.#position += 1;
    if (this.#position === start) return false;
    if (this.#text.charCodeAt(start) <= nine) {
      const rounding = roundingOf(this.#text.slice(start, this.#position));
      if (rounding !== undefined) this.#report(rounding);
    }
    return true;
  }

  #backslashFrom(position: number): number {
    const found = this.#text.indexOf('\\', position);
    return found < 0 ? Number.POSITIVE_INFINITY : found;
  }

  /** Goes to what is next and answers its code; NaN at the end. */
  #skipSpace(): number {
    for (;;) {
      const code = this.#text.charCodeAt(this.#position);
      if (code > space || Number.isNaN(code)) return code;
      this.#position += 1;
    }
  }

  #advance(): true {
    this.#position += 1;
    return true;
  }

  #report(detail: string): void {
    this.#found += 1;
    if (this.#found > maxFaults || this.#pointersLength > maxPointersLength) return;
    const pointer = pointerTo('', this.#path).toWellFormed();
    this.#pointersLength += pointer.length;
    // A name that is given three times is one fault.
    if (this.faults.some((fault) => fault.pointer === pointer && fault.detail === detail)) return;
    this.faults.push({ pointer, detail });
  }
}

const space = 0x20;
const nine = 0x39;

/** Ends an atom. Beyond the end of a text, all codes are NaN. */
function isDelimiter(code: number): boolean {
  return code === comma || code === closeBrace || code === closeBracket || code <= space || Number.isNaN(code);
}

/** What a string with escapes says; undefined where it is none. */
function unescaped(json: string): string | undefined {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
