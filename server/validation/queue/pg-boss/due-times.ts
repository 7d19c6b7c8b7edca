// Due times of the jobs that this node enqueued with a delay. Other nodes find these jobs when they poll.

export class DueTimes {
  #times: number[] = [];

  /** Adds a time unless it has passed. Times are milliseconds since the epoch. */
  add(at: number, now: number): void {
    if (at > now) this.#times.push(at);
  }

  /** Returns the earliest time that has not passed, or undefined if there is none. */
  findNext(now: number): number | undefined {
    this.#times = this.#times.filter((at) => at > now);
    return this.#times.length === 0 ? undefined : this.#times.reduce((one, other) => Math.min(one, other));
  }
}
