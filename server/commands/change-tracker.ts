// Tracks the loaded states of one entity type and the changes that a group of commands makes to them.

export class ChangeTracker<State extends { id: number }> {
  /** The states before the group. A state that is missing here is new. */
  readonly before: ReadonlyMap<number, State>;
  /** The states that the group changed or added, in their latest form. */
  readonly changed = new Map<number, State>();
  readonly removed = new Set<number>();
  /** How many states the group added, including those that it removed again. */
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
