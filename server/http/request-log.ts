// One line in the log for each request: what was asked, by which id, and how it went. Headers and bodies stay out of it.

import type { RequestHandler } from 'express';
import type { Logger } from 'pino';
import { pinoHttp } from 'pino-http';
import { requestIdFrom } from './request-context.ts';

/** Gives every request and its answer their id, and a line in the log that names it. */
export function requestLog(log: Logger): RequestHandler {
  return pinoHttp({
    logger: log,
    genReqId: (request, response) => {
      const id = requestIdFrom(request);
      response.setHeader('X-Request-Id', id);
      return id;
    },
    customLogLevel: (_request, { statusCode }, error) => {
      if (statusCode === 503) return 'warn';
      return error || statusCode >= 500 ? 'error' : 'info';
    },
    customSuccessMessage: ({ method, url }, { statusCode }, ms) =>
      `${method} ${url} ${statusCode} ${Math.round(ms)} ms`,
    customErrorMessage: ({ method, url }, { statusCode }) => `${method} ${url} ${statusCode}`,
    // The serializers that pino-http would put around these read the query and all headers, of which nothing is kept.
    wrapSerializers: false,
    serializers: {
      req: ({ id, method, url, socket }) => ({ id, method, url, remoteAddress: socket.remoteAddress }),
      res: ({ statusCode }) => ({ statusCode }),
    },
  });
}
