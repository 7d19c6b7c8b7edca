// Limits for one client: size of the request head, time, and connections.

/** The maximum length of path and query together, in characters. RFC 9112, section 3, recommends at least 8,000. */
export const maxUriLength = 8_192;
export const maxHeaders = 100;
/** The request line and all headers together. */
export const maxHeaderBytes = 16_384;
