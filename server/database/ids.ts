// The ids of what a group of commands adds, known before it is decided, since its answers name them.

import type { IdKind } from '../domain/state.ts';

/** The ids that a group of commands may give. */
export type Ids = {
  /** Turns to the command of this index: the ids that follow are for it. */
  selectCommand(index: number): void;
  /**
   * The id that the next new one of a kind gets; `ahead`: the one after as many others.
   * @throws Error the needs of the command do not name the kind so often
   */
  next(kind: IdKind, ahead: number): number;
  /** Tells that there is one with this id now. */
  markUsed(kind: IdKind, id: number): void;
};

/** Fails with what to do about it. */
export function createMissingIdError(kind: IdKind): Error {
  return new Error(`a command that adds something has not said that it needs an id: ${kind}`);
}
