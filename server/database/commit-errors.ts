// The way a commit can fail that no database code describes.

/** The outcome of the commit is unknown and must not be guessed. */
export class UnknownCommitError extends Error {
  override readonly name = 'UnknownCommitError';
}
