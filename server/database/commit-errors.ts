// What a commit can end with besides success and a refusal of the database.

/** What was decided is no longer true, since another node was faster. Nothing was written. */
export class WriteConflictError extends Error {
  override readonly name = 'LostRaceError';
}

/** Whether what was written is kept is not known, and must not be guessed. */
export class UnknownCommitError extends Error {
  override readonly name = 'UnknownCommitError';
}
