// A race that another node has won.

/** What was decided is no longer true, since another node was faster. Nothing was written. */
export class LostRaceError extends Error {
  override readonly name = 'LostRaceError';
}
