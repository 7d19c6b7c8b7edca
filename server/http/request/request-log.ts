// Writes one log line per request: method, URL, principal, request id, status and duration. Headers, bodies and tokens
// are never logged.

import type { Logger } from 'pino';
import type { ServiceRequest, ServiceResponse } from './request.ts';

/** Creates the step that logs a request when its response is sent or its client has disconnected. */
export function createRequestLog(log: Logger): (request: ServiceRequest, response: ServiceResponse) => void {
  const logsEveryRequest = log.isLevelEnabled('info');
  return (request, response) => {
    const startedAtMs = performance.now();
    const { id, method } = request;
    const url = redactTokens(request.url ?? '');
    response.once('close', () => {
      const { statusCode, failure, ending, req: served } = response;
      if (!logsEveryRequest && statusCode < 500) return;
      const responseTime = Math.round(performance.now() - startedAtMs);
      const req = { id, method, url, remoteAddress: served.caller.address };
      const user = served.principal?.id;
      const fields = { req, user, res: { statusCode }, responseTime, ...(failure ? { err: failure } : {}) };
      const isSent = response.writableFinished || ending !== undefined;
      const outcome = isSent ? [`${statusCode} ${responseTime} ms`, ending].filter(Boolean).join(', ') : 'aborted';
      log[chooseLevel(statusCode)](fields, `${method} ${url} ${outcome}`);
    });
  };
}

/** Some clients put tokens into the URL. JSON Web Tokens begin with `{"` in base64url. */
function redactTokens(url: string): string {
  return url.includes('eyJ') ? url.replace(/eyJ[\w.-]*/g, 'eyJ…') : url;
}

/** A 503 is temporary, as during an outage of the database. Any other 5xx is a bug. */
function chooseLevel(statusCode: number): 'info' | 'warn' | 'error' {
  if (statusCode === 503) return 'warn';
  return statusCode >= 500 ? 'error' : 'info';
}
