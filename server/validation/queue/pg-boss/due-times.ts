// When runs become due that were put off here. Other nodes find them when they look by themselves.

export class DueTimes {
  #times: number[] = [];

  /** Times are milliseconds since the epoch. */
  add(at: number, now: number): void {
    if (at > now) this.#times.push(at);
  }

  /** The next time that is not over; undefined where there is none. */
  next(now: number): number | undefined {
    this.#times = this.#times.filter((at) => at > now);
    return this.#times.length === 0 ? undefined : this.#times.reduce((one, other) => Math.min(one, other));
  }
}
