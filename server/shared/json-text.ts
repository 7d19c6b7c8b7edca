// Values that are already serialized as JSON. JSON from the database is sent as it is, without parsing it first.

/** The JSON text of a `Value`. It can take the place of the value in a response. */
export class JsonText<Value> {
  readonly text: string;
  /** The same text in parts, if it may be long; see `splitText`. */
  readonly parts: readonly string[] | undefined;
  /** For the compiler only: it makes texts of different values different types. */
  declare protected readonly value: Value;

  constructor(text: string, parts?: readonly string[]) {
    this.text = text;
    this.parts = parts;
  }
}

/** A JSON text that is also compressed. Responses send the compressed bytes if the text is large. */
export class CompressedJson<Value> extends JsonText<Value> {
  /** The content coding of the bytes (RFC 9110, section 8.4.1). */
  readonly encoding: 'br' | 'gzip';
  readonly bytes: Buffer;

  constructor(text: string, encoding: 'br' | 'gzip', bytes: Buffer) {
    super(text);
    this.encoding = encoding;
    this.bytes = bytes;
  }
}

/** Serializes a value. A `JsonText` is returned as it is. */
export function toJsonText(value: unknown): string {
  return value instanceof JsonText ? value.text : JSON.stringify(value);
}

/** Joins texts. Concatenation copies them once, when the result is encoded; `join` copies them twice more. */
export function concatenate(parts: readonly string[]): string {
  let text = '';
  for (const part of parts) text += part;
  return text;
}

/**
 * Yields the parts of a text in pieces of at most `maxLength` characters, without splitting surrogate pairs. Encoding a
 * megabyte as a whole first copies it into contiguous memory that is new to the process, which takes longer than
 * reading it from the database.
 */
export function* splitText(parts: readonly string[], maxLength: number): Generator<string> {
  let pending = '';
  for (const part of parts) {
    if (pending.length + part.length > maxLength) {
      if (pending !== '') yield pending;
      pending = yield* splitPart(part, maxLength);
    } else pending += part;
  }
  if (pending !== '') yield pending;
}

/** Yields a part in pieces except for its end, which it returns. */
function* splitPart(part: string, maxLength: number): Generator<string, string> {
  let start = 0;
  while (part.length - start > maxLength) {
    const end = findBoundary(part, start + maxLength);
    yield part.slice(start, end);
    start = end;
  }
  return part.slice(start);
}

function findBoundary(text: string, index: number): number {
  const unit = text.charCodeAt(index - 1);
  const isHighSurrogate = unit >= 0xd800 && unit <= 0xdbff;
  return isHighSurrogate ? index - 1 : index;
}
