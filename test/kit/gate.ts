// A gate that blocks code under test until the test opens it.

export type Gate = {
  /** Blocks until the gate is open. */
  wait(): Promise<void>;
  /** Resolves at the first call of `wait`. */
  readonly reached: Promise<void>;
  /** Opens the gate for good. */
  open(): void;
};

export function createGate(): Gate {
  const reached = Promise.withResolvers<void>();
  const opened = Promise.withResolvers<void>();
  return {
    wait: () => {
      reached.resolve();
      return opened.promise;
    },
    reached: reached.promise,
    open: () => opened.resolve(),
  };
}
