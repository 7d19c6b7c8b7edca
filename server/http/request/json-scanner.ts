// Scans a JSON text, before it is parsed, for what JSON.parse accepts silently. It makes one pass and stops at invalid
// JSON, which JSON.parse then reports.

import type { FieldError } from '../../../contract/problems/problem-table.ts';
import { unsupportedCharacters, unsupportedCharactersMessage } from '../../../contract/schemas/primitives.ts';
import { maxFieldErrors } from '../../domain/problem.ts';
import { toPointer } from '../problems/field-errors.ts';
import { closeBrace, closeBracket, colon, comma, JsonCursor, openBrace, openBracket, quote } from './json-cursor.ts';
import { findRounding } from './json-number.ts';

/** The maximum nesting of arrays and objects. */
const maxDepth = 32;

/** Pointers can be as deep and their names as long as the text allows, so their total length is limited. */
const maxPointersLength = 65_536;

/** Scans one JSON text and collects its errors. */
export class JsonScanner {
  readonly errors: FieldError[] = [];
  /** Whether the text is nested too deep. Such a text must not be parsed. */
  isTooDeep = false;
  readonly #cursor: JsonCursor;
  readonly #path: (string | number)[] = [];
  #errorCount = 0;
  #pointersLength = 0;

  /** @param text without lone surrogates, which text decoded from UTF-8 never contains */
  constructor(text: string) {
    this.#cursor = new JsonCursor(text);
  }

  /** Scans the text. Returns false if it stopped before the end. */
  scan(): boolean {
    return this.#scanValue() && Number.isNaN(this.#cursor.peek());
  }

  #scanValue(): boolean {
    switch (this.#cursor.peek()) {
      case quote:
        return this.#scanString();
      case openBrace:
        return this.#canNest() && this.#scanObject();
      case openBracket:
        return this.#canNest() && this.#scanArray();
      default:
        return this.#scanAtom();
    }
  }

  #canNest(): boolean {
    // The path has one entry per open array or object.
    if (this.#path.length < maxDepth) return true;
    this.isTooDeep = true;
    this.#errorCount = 0;
    this.#pointersLength = 0;
    this.#report(`is nested deeper than ${maxDepth} levels`);
    return false;
  }

  #scanObject(): boolean {
    const cursor = this.#cursor;
    cursor.take(openBrace);
    if (cursor.take(closeBrace)) return true;
    const names = new Set<string>();
    do {
      const name = this.#scanName();
      if (name === undefined) return false;
      this.#path.push(name);
      this.#checkName(name, names);
      if (!cursor.take(colon) || !this.#scanValue()) return false;
      this.#path.pop();
    } while (cursor.take(comma));
    return cursor.take(closeBrace);
  }

  #scanArray(): boolean {
    const cursor = this.#cursor;
    cursor.take(openBracket);
    if (cursor.take(closeBracket)) return true;
    let index = 0;
    do {
      this.#path.push(index);
      if (!this.#scanValue()) return false;
      this.#path.pop();
      index += 1;
    } while (cursor.take(comma));
    return cursor.take(closeBracket);
  }

  /** Returns the name of a member; undefined if there is none. */
  #scanName(): string | undefined {
    const quoted = this.#cursor.peek() === quote ? this.#cursor.takeString() : undefined;
    if (quoted === undefined || !this.#cursor.isEscaped) return quoted?.slice(1, -1);
    return decodeString(quoted);
  }

  /** Readers disagree about duplicate names (RFC 8259, section 4). */
  #checkName(name: string, names: Set<string>): void {
    if (names.has(name)) this.#report('is a duplicate name');
    names.add(name);
    if (name === '__proto__') this.#report('is not allowed as a name');
    if (this.#cursor.isEscaped && unsupportedCharacters.test(name))
      this.#report(`the name ${unsupportedCharactersMessage}`);
  }

  #scanString(): boolean {
    const quoted = this.#cursor.takeString();
    if (quoted === undefined || !this.#cursor.isEscaped) return quoted !== undefined;
    const value = decodeString(quoted);
    if (value !== undefined && unsupportedCharacters.test(value)) this.#report(unsupportedCharactersMessage);
    return value !== undefined;
  }

  /** Scans a number, true, false or null. */
  #scanAtom(): boolean {
    const token = this.#cursor.takeAtom();
    const rounding = token.charCodeAt(0) <= codeOfNine ? findRounding(token) : undefined;
    if (rounding !== undefined) this.#report(rounding);
    return token !== '';
  }

  #report(detail: string): void {
    this.#errorCount += 1;
    if (this.#errorCount > maxFieldErrors || this.#pointersLength > maxPointersLength) return;
    const pointer = toPointer('', this.#path).toWellFormed();
    this.#pointersLength += pointer.length;
    // A name that occurs three times is reported once.
    if (this.errors.some((error) => error.pointer === pointer && error.detail === detail)) return;
    this.errors.push({ pointer, detail });
  }
}

/** Numbers begin with a digit or a minus, whose codes are smaller than those of letters. */
const codeOfNine = 0x39;

/** Decodes a string with escapes; undefined if it is invalid. */
function decodeString(json: string): string | undefined {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
