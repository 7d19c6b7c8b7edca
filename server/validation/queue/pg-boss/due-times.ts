// Due times of the jobs that this node enqueued with a delay. Other nodes find these jobs when they poll.

/** A set of future times. Times are milliseconds since the epoch. */
export class DueTimes {
  #times: number[] = [];

  /** Adds a time unless it has passed. */
  add(at: number, now: number): void {
    if (at > now) this.#times.push(at);
  }

  /** Returns the earliest time that has not passed, or undefined if there is none. */
  findNext(now: number): number | undefined {
    this.#times = this.#times.filter((at) => at > now);
    return this.#times.length === 0 ? undefined : this.#times.reduce((one, other) => Math.min(one, other));
  }
}
