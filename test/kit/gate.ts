// A place where something waits until a test lets it go on.

export type Gate = {
  /** Where it waits; each time, once it was let go, at once. */
  hold(): Promise<void>;
  /** When it waits there. */
  readonly reached: Promise<void>;
  letGo(): void;
};

export function newGate(): Gate {
  const reached = Promise.withResolvers<void>();
  const held = Promise.withResolvers<void>();
  return {
    hold: () => {
      reached.resolve();
      return held.promise;
    },
    reached: reached.promise,
    letGo: () => held.resolve(),
  };
}
