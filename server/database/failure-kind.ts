// The kinds of failed transactions, as the command bus distinguishes them.

/**
 * `busy`: the database is locked or unreachable for the moment; nothing was written. `storage`: the disk is full or
 * failing, or the outcome of the commit is unknown. `conflict`: another node won the race and the decision is outdated;
 * nothing was written. `rejected`: the database rejected a statement and rolled back.
 */
export type FailureKind = 'busy' | 'storage' | 'conflict' | 'rejected';
