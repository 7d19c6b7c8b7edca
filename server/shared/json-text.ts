// Values that are already serialized as JSON. JSON from the database is sent as it is, without parsing it first.

/** The JSON text of a `Value`. It can take the place of the value in a response. */
export class JsonText<Value> {
  readonly text: string;
  /** For the compiler only: it makes texts of different values different types. */
  declare protected readonly value: Value;

  constructor(text: string) {
    this.text = text;
  }
}

/** Serializes a value. A `JsonText` is returned as it is. */
export function toJsonText(value: unknown): string {
  return value instanceof JsonText ? value.text : JSON.stringify(value);
}

/** Returns the JSON array of the values. */
export function joinJson<Value>(values: readonly JsonText<Value>[]): JsonText<Value[]> {
  // Concatenation copies the texts once, when the response is encoded; `join` copies them twice more.
  let text = '';
  for (const value of values) text += text === '' ? value.text : `,${value.text}`;
  return new JsonText(`[${text}]`);
}
