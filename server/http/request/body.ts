// Reads request bodies: JSON in UTF-8 by their content type and nothing else, and no more than is allowed. What the
// headers say already is refused before a caller who asks (RFC 9110, section 10.1.1) is told to send the body.

import { isUtf8 } from 'node:buffer';
import { createProblem, invalidRequest } from '../../domain/problem.ts';
import { prepareEarlyResponse } from '../server/lingering-close.ts';
import { type ContentEncoding, createTooLargeProblem, isContentEncoding, readBytes } from './body-bytes.ts';
import type { ServiceRequest, ServiceResponse } from './request.ts';
import { parseJson } from './strict-json.ts';

type BodyReader = (request: ServiceRequest, response: ServiceResponse, next: (error?: unknown) => void) => void;

/**
 * Puts the parsed body on a request that has one. A body says nothing in a GET (RFC 9110, section 9.3.1).
 * @throws ProblemError `unsupported-media-type`, `payload-too-large`; faults of the body itself go to `next`
 */
export function createJsonBodyReader(maxBodyBytes: number): BodyReader {
  return (request, response, next) => {
    if (!hasBody(request)) return next();
    if (request.method === 'GET' || request.method === 'HEAD') {
      prepareEarlyResponse(request, response);
      return next();
    }
    const encoding = readContentEncoding(request);
    if (Number(request.headers['content-length']) > maxBodyBytes) throw createTooLargeProblem(maxBodyBytes);
    if (request.isContinueAwaited) sendContinue(request, response);
    readBytes(request, encoding, maxBodyBytes, (error, bytes) => {
      if (error) return next(error);
      try {
        request.body = parseBody(bytes);
      } catch (fault) {
        return next(fault);
      }
      next();
    });
  };
}

function hasBody({ headers }: ServiceRequest): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length']) > 0;
}

function sendContinue(request: ServiceRequest, response: ServiceResponse): void {
  request.isContinueAwaited = false;
  response.writeContinue();
}

/** A body of another type would be passed over, and a form can be sent from any page without being asked. */
function readContentEncoding({ headers }: ServiceRequest): ContentEncoding {
  const type = headers['content-type'] ?? '';
  if (type !== 'application/json') refuseOtherTypes(type);
  const encoding = (headers['content-encoding'] ?? 'identity').toLowerCase();
  if (isContentEncoding(encoding)) return encoding;
  throw createProblem('unsupported-media-type', `The body has an unsupported content encoding '${encoding}'.`, {});
}

function refuseOtherTypes(type: string): void {
  if (!/^application\/json[\t ]*(;|$)/i.test(type)) {
    throw createProblem('unsupported-media-type', 'The body must be sent with Content-Type: application/json.', {});
  }
  for (const [, charset = ''] of type.matchAll(/;[\t ]*charset="?([^\t ;"]*)/gi)) {
    if (charset.toLowerCase() !== 'utf-8')
      throw createProblem('unsupported-media-type', 'The body must be in UTF-8.', {});
  }
}

/** JSON is UTF-8 (RFC 8259, section 8.1). Decoding would put replacement characters where it is not. */
function parseBody(bytes: Buffer): unknown {
  if (bytes.length === 0) return undefined;
  if (!isUtf8(bytes)) throw invalidRequest([{ pointer: '', detail: 'is not UTF-8' }]);
  return parseJson(bytes.toString());
}
