// What one client may take of the service: how large a head, how much time, how many connections.

/** The longest path and query together, in characters. RFC 9112, section 3, wants 8,000 to be understood. */
export const maxUriLength = 8_192;
export const maxHeaders = 100;
/** The request line and all headers together. */
export const maxHeaderBytes = 16_384;

/** Times in milliseconds. */
export type ConnectionLimits = {
  /** Within what a head has to arrive, from the first byte of a connection or of its next request on. */
  headersTimeoutMs: number;
  /** Within what a whole request has to arrive. */
  requestTimeoutMs: number;
  /** How often those two are looked after. */
  checkIntervalMs: number;
  /** How long a connection is kept for its next request. */
  keepAliveTimeoutMs: number;
  /** After how long without progress a caller that does not read its answer is cut off. */
  stalledTimeoutMs: number;
  /** Beyond so many, new connections are closed at once. */
  maxConnections: number;
};
