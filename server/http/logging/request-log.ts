// Writes one log line per request: method, URL, principal, request id, status and duration. Headers, bodies, tokens and
// unknown query parameters are never logged. Requests whose caller is rejected are warnings with the reason.

import type { Logger } from 'pino';
import type { Step } from '../pipeline.ts';
import type { ServiceRequest, ServiceResponse } from '../request/request.ts';
import { toLoggedUrl } from './logged-url.ts';
import { RejectionLogLimit } from './rejection-log-limit.ts';

/** The most characters of a reason that are logged. It can contain the origin of a page. */
const maxReasonLength = 200;

type RequestLogOptions = {
  log: Logger;
  /** Milliseconds since the epoch. */
  now(): number;
};

/** Creates the step that logs a request when its response is sent or its client has disconnected. */
export function createRequestLog({ log, now }: RequestLogOptions): Step {
  const logsEveryRequest = log.isLevelEnabled('info');
  const rejectionLimit = new RejectionLogLimit({ log, now });
  return (_request, response) => {
    const startedAtMs = performance.now();
    response.once('close', () => {
      const { statusCode, rejectionReason, req } = response;
      if (!logsEveryRequest && statusCode < 500 && rejectionReason === undefined) return;
      if (rejectionReason !== undefined && !rejectionLimit.countLine(req.caller.address)) return;
      writeLine(log, response, startedAtMs);
    });
  };
}

function writeLine(log: Logger, response: ServiceResponse, startedAtMs: number): void {
  const { statusCode, failure, ending, rejectionReason, claimMismatch, req: request } = response;
  const responseTime = Math.round(performance.now() - startedAtMs);
  const req = describeRequest(request);
  const fields = {
    req,
    user: request.principal?.id,
    res: { statusCode },
    responseTime,
    ...(failure && { err: failure }),
    ...(rejectionReason !== undefined && { reason: rejectionReason.slice(0, maxReasonLength) }),
    ...(claimMismatch && { claims: claimMismatch }),
  };
  const isSent = response.writableFinished || ending !== undefined;
  const outcome = isSent ? [`${statusCode} ${responseTime} ms`, ending].filter(Boolean).join(', ') : 'aborted';
  log[chooseLevel(response)](fields, `${req.method} ${req.url} ${outcome}`);
}

function describeRequest(request: ServiceRequest) {
  const { id, clientRequestId, method, caller } = request;
  const url = toLoggedUrl(request);
  return { id, ...(clientRequestId !== null && { clientRequestId }), method, url, remoteAddress: caller.address };
}

/** A 503 is temporary, as during an outage of the database. Any other 5xx is a bug. */
function chooseLevel({ statusCode, rejectionReason }: ServiceResponse): 'info' | 'warn' | 'error' {
  if (statusCode === 503 || rejectionReason !== undefined) return 'warn';
  return statusCode >= 500 ? 'error' : 'info';
}
