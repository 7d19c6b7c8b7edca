// The media types of responses.

/** The media type of server-sent events (HTML standard, section 9.2). */
export const eventStreamType = 'text/event-stream';
