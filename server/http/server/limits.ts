// What one client may take of the service: how large a head, how much time, how many connections.

/** The longest path and query together, in characters. RFC 9112, section 3, wants 8,000 to be understood. */
export const maxUriLength = 8_192;
export const maxHeaders = 100;
/** The request line and all headers together. */
export const maxHeaderBytes = 16_384;
