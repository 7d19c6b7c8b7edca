// What is there of one kind, as a group of commands sees it: what was loaded, and what it has made of that so far.

export class ChangeTracker<State extends { id: number }> {
  /** Those before the group; what is missing here is new. */
  readonly before: ReadonlyMap<number, State>;
  /** Those that the group has changed or added, as they are now. */
  readonly changed = new Map<number, State>();
  readonly removed = new Set<number>();
  /** How many the group has added, also those that it has removed again. */
  added = 0;

  constructor(loaded: readonly State[]) {
    this.before = new Map(loaded.map((state) => [state.id, state]));
  }

  get(id: number): State | undefined {
    return this.removed.has(id) ? undefined : (this.changed.get(id) ?? this.before.get(id));
  }

  put(state: State): void {
    if (!this.before.has(state.id) && !this.changed.has(state.id)) this.added += 1;
    this.changed.set(state.id, state);
  }

  remove(id: number): void {
    this.changed.delete(id);
    this.removed.add(id);
  }
}
