// One line in the log for each request: what was asked, by whom, under which id, and how it went. Headers, bodies and
// tokens stay out of it.

import type { Logger } from 'pino';
import type { ServiceRequest, ServiceResponse } from './request.ts';

/** Writes the line of a request when its answer has gone out, or when its caller has gone. */
export function createRequestLog(log: Logger): (request: ServiceRequest, response: ServiceResponse) => void {
  const isEveryLineWanted = log.isLevelEnabled('info');
  return (request, response) => {
    const begun = performance.now();
    const { id, method } = request;
    const url = redactTokens(request.url ?? '');
    // Now: an address is gone with its connection.
    const remoteAddress = request.caller.address;
    response.once('close', () => {
      const { statusCode, failure, ending } = response;
      if (!isEveryLineWanted && statusCode < 500) return;
      const responseTime = Math.round(performance.now() - begun);
      const req = { id, method, url, remoteAddress };
      const user = response.req.principal?.id;
      const fields = { req, user, res: { statusCode }, responseTime, ...(failure ? { err: failure } : {}) };
      const hasAnswer = response.writableFinished || ending !== undefined;
      const outcome = hasAnswer ? [`${statusCode} ${responseTime} ms`, ending].filter(Boolean).join(', ') : 'aborted';
      log[chooseLevel(statusCode)](fields, `${method} ${url} ${outcome}`);
    });
  };
}

/** Tokens have no business in an address, but some put them there. They begin with `{"` in base64url. */
function redactTokens(url: string): string {
  return url.includes('eyJ') ? url.replace(/eyJ[\w.-]*/g, 'eyJ…') : url;
}

/** A service that asks to come again later has a trouble that passes; any other failure is a fault. */
function chooseLevel(statusCode: number): 'info' | 'warn' | 'error' {
  if (statusCode === 503) return 'warn';
  return statusCode >= 500 ? 'error' : 'info';
}
