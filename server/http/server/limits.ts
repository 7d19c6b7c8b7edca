// Size limits of request heads, and limits of pipelined requests. The time limits of connections, and their number, are
// in server/config/timeouts.ts.

/** The maximum length of path and query together, in characters. RFC 9112, section 3, recommends at least 8,000. */
export const maxUriLength = 8_192;
/** The maximum number of header lines. */
export const maxHeaders = 100;
/** The request line and all headers together. */
export const maxHeaderBytes = 16_384;

/** The most requests of all connections that wait for the response ahead of them. They take about 5 kB each. */
export const maxWaitingRequests = 4_000;
/** The most requests of one connection that wait. A connection with more of them is closed. */
export const maxRequestsPerConnection = 256;
/** The most requests behind an event stream. They are never served. */
export const maxRequestsBehindStream = 16;

/**
 * The most connections that wait to be accepted; the operating system may allow fewer. If many are opened at once,
 * further ones are repeated by their clients after 1 s and 3 s (RFC 6298, section 2).
 */
export const maxPendingConnections = 4_096;
