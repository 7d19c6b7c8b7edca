// The advisory locks of the service. They are scoped to the database; the numbers are arbitrary.

/** Held by a transaction that appends to the log, until it ends. */
export const logLock = 7_301;

/** Held by the node that migrates the schema. */
export const migrationLock = 7_302;
