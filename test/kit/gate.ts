// A place where something waits until a test lets it go on.

export type Gate = {
  /** Where it waits; each time, once it was let go, at once. */
  wait(): Promise<void>;
  /** When it waits there. */
  readonly reached: Promise<void>;
  open(): void;
};

export function createGate(): Gate {
  const reached = Promise.withResolvers<void>();
  const held = Promise.withResolvers<void>();
  return {
    wait: () => {
      reached.resolve();
      return held.promise;
    },
    reached: reached.promise,
    open: () => held.resolve(),
  };
}
