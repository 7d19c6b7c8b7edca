// JSON that is written out already. What comes from a row as JSON goes out as it is, and nobody parses it to build it
// up again.

/** The JSON text of a `Value`, which stands where the value itself could stand in an answer. */
export class JsonText<Value> {
  readonly text: string;
  /** Only for the compiler: texts of different values are different types. */
  declare protected readonly value: Value;

  constructor(text: string) {
    this.text = text;
  }
}

/** `value` as JSON text, be it written out already or not. */
export function toJsonText(value: unknown): string {
  return value instanceof JsonText ? value.text : JSON.stringify(value);
}

/** The list of these values. */
export function joinJson<Value>(values: readonly JsonText<Value>[]): JsonText<Value[]> {
  return new JsonText(`[${values.map(({ text }) => text).join()}]`);
}
