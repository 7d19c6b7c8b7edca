// The ways a commit can fail that no database code describes.

/** Another node won the race, so the decision is outdated. Nothing was written. */
export class WriteConflictError extends Error {
  override readonly name = 'WriteConflictError';
}

/** The outcome of the commit is unknown and must not be guessed. */
export class UnknownCommitError extends Error {
  override readonly name = 'UnknownCommitError';
}
