// A commit of which nobody knows whether it happened.

/** Whether what was written is kept is not known, and must not be guessed. */
export class UnknownCommitError extends Error {
  override readonly name = 'UnknownCommitError';
}
