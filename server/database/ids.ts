// The ids for the rows of a group of commands. They are allocated before the decisions, because results contain them.

import type { IdKind } from '../domain/state.ts';

/** The ids that a group of commands may use. */
export type Ids = {
  /** Selects the command whose ids the following calls return. */
  selectCommand(index: number): void;
  /**
   * Returns the id for the next new row of a kind.
   * @param ahead returns the id after this many others instead
   * @throws Error the command's read set does not list the kind often enough
   */
  next(kind: IdKind, ahead: number): number;
  /** Records that a row with this id exists now. */
  markUsed(kind: IdKind, id: number): void;
};

/** Creates the error for a command whose read set lacks an id. */
export function createMissingIdError(kind: IdKind): Error {
  return new Error(`the read set of the command lacks an id of kind ${kind}`);
}
