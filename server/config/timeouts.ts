// Fixed time limits and intervals, in milliseconds. No environment variable sets them; they are members of the
// configuration object so that tests can override them.

/** Limits of the HTTP connections of clients. */
export type ConnectionLimits = {
  /** The longest time for a complete request head, from the first byte of the connection or of the next request. */
  headersTimeoutMs: number;
  /** The longest time for a complete request. */
  requestTimeoutMs: number;
  /** How often the two limits above are checked. */
  checkIntervalMs: number;
  /** How long an idle connection is kept open for its next request. */
  keepAliveTimeoutMs: number;
  /** A connection is closed after this time without progress, for example when the client does not read a response. */
  stalledTimeoutMs: number;
  /** Connections beyond this number are closed at once. */
  maxConnections: number;
};

export type Timeouts = {
  limits: ConnectionLimits;
  /** During shutdown, how long a connection without a request is kept open: a request may be in transit. */
  idleGraceMs: number;
  /**
   * The longest time for connecting to PostgreSQL, for one statement and for waiting for a lock. The rest of a
   * transaction may take 0.6 of it.
   */
  databaseTimeoutMs: number;
  /** The longest time for downloading a JSON Web Key Set. */
  keySetTimeoutMs: number;
  /** The longest time for one webhook request, up to the complete response head. */
  webhookTimeoutMs: number;
  /**
   * How long the lease of a webhook or of a validation run is valid without renewal. On PostgreSQL, only runs that
   * began with their commit have one.
   */
  leaseMs: number;
  /** The longest time between two polls for work or for events. Commits and due times wake the service earlier. */
  pollMs: number;
  /** The pause before failed background work is repeated, and while due work cannot be started. */
  retryMs: number;
  /** How often open validation runs without a job get a new job. */
  reconcileIntervalMs: number;
  /** How often an event stream sends a heartbeat. */
  heartbeatMs: number;
  /** The `retry` value of event streams: how long a client waits before it reconnects. */
  streamRetryMs: number;
  /** How often nodes that share a database exchange their rate-limit counts. */
  rateLimitSyncMs: number;
  /** How often expired idempotency keys and old deliveries are deleted. */
  purgeIntervalMs: number;
};

export const timeouts: Timeouts = {
  limits: {
    headersTimeoutMs: 10_000,
    requestTimeoutMs: 30_000,
    checkIntervalMs: 1_000,
    // Longer than the usual 60 s of load balancers, so that they do not send a request on a connection that is closing.
    keepAliveTimeoutMs: 65_000,
    stalledTimeoutMs: 60_000,
    maxConnections: 10_000,
  },
  idleGraceMs: 500,
  databaseTimeoutMs: 5_000,
  keySetTimeoutMs: 3_000,
  webhookTimeoutMs: 10_000,
  leaseMs: 15_000,
  pollMs: 5_000,
  retryMs: 1_000,
  reconcileIntervalMs: 60_000,
  heartbeatMs: 15_000,
  streamRetryMs: 2_000,
  rateLimitSyncMs: 1_000,
  purgeIntervalMs: 600_000,
};
