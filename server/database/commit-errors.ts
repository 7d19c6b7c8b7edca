// The way a commit can fail that no database code describes.

/** The outcome of the commit is unknown and must not be guessed. */
export class UnknownCommitError extends Error {
  override readonly name = 'UnknownCommitError';
}

/** Creates the error for a connection that was lost during a commit. */
export function createLostCommitError(cause: unknown): UnknownCommitError {
  return new UnknownCommitError('the database connection was lost during a commit, whose outcome is unknown', {
    cause,
  });
}
