// The advisory locks of this service; they belong to a database. The numbers mean nothing.

/** Whoever writes into the log holds it until the end of the transaction. */
export const logLock = 7_301;

/** Whoever migrates the database holds it until that is done. */
export const migrationLock = 7_302;
