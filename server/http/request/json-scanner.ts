// Looks through a JSON text, before it is parsed, for what JSON.parse would pass over in silence. It goes once through
// the text, and stops where that is no JSON: to say why is left to JSON.parse.

import { unsupportedCharacters, unsupportedCharactersMessage } from '../../../contract/primitives.ts';
import type { FieldError } from '../../../contract/problem-table.ts';
import { maxFieldErrors } from '../../domain/problem.ts';
import { toPointer } from '../problems/field-errors.ts';
import { closeBrace, closeBracket, colon, comma, JsonCursor, openBrace, openBracket, quote } from './json-cursor.ts';
import { findRounding } from './json-number.ts';

/** How deep arrays and objects may be nested. */
const maxDepth = 32;

/** Each fault may lie as deep, and below names as long, as the text has room for. */
const maxPointersLength = 65_536;

export class JsonScanner {
  readonly faults: FieldError[] = [];
  /** Such a text should not be parsed at all. */
  isTooDeep = false;
  readonly #cursor: JsonCursor;
  readonly #path: (string | number)[] = [];
  #found = 0;
  #pointersLength = 0;

  /** @param text without lone surrogates, as text that comes from UTF-8 is */
  constructor(text: string) {
    this.#cursor = new JsonCursor(text);
  }

  /** Looks through the text; false where it has stopped before the end. */
  scan(): boolean {
    return this.#value() && Number.isNaN(this.#cursor.peek());
  }

  #value(): boolean {
    switch (this.#cursor.peek()) {
      case quote:
        return this.#string();
      case openBrace:
        return this.#mayNest() && this.#object();
      case openBracket:
        return this.#mayNest() && this.#array();
      default:
        return this.#atom();
    }
  }

  #mayNest(): boolean {
    // Each entry of the path lies in one that is open already.
    if (this.#path.length < maxDepth) return true;
    this.isTooDeep = true;
    this.#found = 0;
    this.#pointersLength = 0;
    this.#report(`is nested deeper than ${maxDepth}`);
    return false;
  }

  #object(): boolean {
    const cursor = this.#cursor;
    cursor.take(openBrace);
    if (cursor.take(closeBrace)) return true;
    const names = new Set<string>();
    do {
      const name = this.#name();
      if (name === undefined) return false;
      this.#path.push(name);
      this.#judgeName(name, names);
      if (!cursor.take(colon) || !this.#value()) return false;
      this.#path.pop();
    } while (cursor.take(comma));
    return cursor.take(closeBrace);
  }

  #array(): boolean {
    const cursor = this.#cursor;
    cursor.take(openBracket);
    if (cursor.take(closeBracket)) return true;
    let index = 0;
    do {
      this.#path.push(index);
      if (!this.#value()) return false;
      this.#path.pop();
      index += 1;
    } while (cursor.take(comma));
    return cursor.take(closeBracket);
  }

  /** The name of a member; undefined where there is none. */
  #name(): string | undefined {
    const written = this.#cursor.peek() === quote ? this.#cursor.takeString() : undefined;
    if (written === undefined || !this.#cursor.isEscaped) return written?.slice(1, -1);
    return unescaped(written);
  }

  /** RFC 8259, section 4: what a reader makes of a name that is repeated is anybody's guess. */
  #judgeName(name: string, names: Set<string>): void {
    if (names.has(name)) this.#report('is given twice');
    names.add(name);
    if (name === '__proto__') this.#report('is a name that is not allowed');
    if (this.#cursor.isEscaped && unsupportedCharacters.test(name))
      this.#report(`in its name ${unsupportedCharactersMessage}`);
  }

  #string(): boolean {
    const written = this.#cursor.takeString();
    if (written === undefined || !this.#cursor.isEscaped) return written !== undefined;
    const value = unescaped(written);
    if (value !== undefined && unsupportedCharacters.test(value)) this.#report(unsupportedCharactersMessage);
    return value !== undefined;
  }

  /** A number, or true, false or null. */
  #atom(): boolean {
    const token = this.#cursor.takeAtom();
    const rounding = token.charCodeAt(0) <= nine ? findRounding(token) : undefined;
    if (rounding !== undefined) this.#report(rounding);
    return token !== '';
  }

  #report(detail: string): void {
    this.#found += 1;
    if (this.#found > maxFieldErrors || this.#pointersLength > maxPointersLength) return;
    const pointer = toPointer('', this.#path).toWellFormed();
    this.#pointersLength += pointer.length;
    // A name that is given three times is one fault.
    if (this.faults.some((fault) => fault.pointer === pointer && fault.detail === detail)) return;
    this.faults.push({ pointer, detail });
  }
}

/** Numbers begin with a digit or a minus, whose codes are smaller than those of letters. */
const nine = 0x39;

/** What a string with escapes says; undefined where it is none. */
function unescaped(json: string): string | undefined {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
