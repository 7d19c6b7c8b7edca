// A clock that only the test advances.

export type ManualClock = {
  /** Milliseconds since the epoch. */
  now(): number;
  advance(ms: number): void;
};

/** Creates a clock that stands at the present time until it is advanced. */
export function createManualClock(): ManualClock {
  let nowMs = Date.now();
  return {
    now: () => nowMs,
    advance: (ms) => {
      nowMs += ms;
    },
  };
}
