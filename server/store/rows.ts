// The rows of one kind as a group of commands sees them: those that were loaded, and what it has made of them so far.

export class Rows<Row extends { id: number }> {
  /** Those before the group; what is missing here is new. */
  readonly before: ReadonlyMap<number, Row>;
  /** Those that the group has changed or added, as they are now. */
  readonly changed = new Map<number, Row>();
  readonly removed = new Set<number>();
  /** How many the group has added, also those that it has removed again. */
  added = 0;

  constructor(loaded: readonly Row[]) {
    this.before = new Map(loaded.map((row) => [row.id, row]));
  }

  get(id: number): Row | undefined {
    return this.removed.has(id) ? undefined : (this.changed.get(id) ?? this.before.get(id));
  }

  put(row: Row): void {
    if (!this.before.has(row.id) && !this.changed.has(row.id)) this.added += 1;
    this.changed.set(row.id, row);
  }

  remove(id: number): void {
    this.changed.delete(id);
    this.removed.add(id);
  }
}
