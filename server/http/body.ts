// Reads request bodies: JSON in UTF-8 by their content type and nothing else, and no more than is allowed.

import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import express, { type Request, type Response } from 'express';
import { invalidRequest, type ProblemError, problem } from '../problem.ts';
import type { ServiceRequest, ServiceResponse } from './exchange.ts';

type BodyReader = (request: ServiceRequest, response: ServiceResponse, next: (error?: unknown) => void) => void;

/**
 * Puts the parsed body on a request that has one. A body says nothing in a GET (RFC 9110, section 9.3.1).
 * @throws ProblemError `unsupported-media-type`; faults of the body itself go to `next`
 */
export function jsonBody(maxBodyBytes: number): BodyReader {
  const parse = express.json({ limit: maxBodyBytes, strict: false, type: () => true, verify: refuseOtherText });
  return (request, response, next) => {
    if (request.method === 'GET' || request.method === 'HEAD' || !hasBody(request)) return next();
    refuseOtherTypes(request.headers['content-type'], request.headers['content-encoding']);
    // The parser is Express's, but needs no more than Node's.
    parse(request as unknown as Request, response as unknown as Response, next);
  };
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length']) > 0;
}

const contentEncodings = ['identity', 'gzip', 'deflate', 'br'];

/** A body of another type would be passed over, and a form can be sent from any page without being asked. */
function refuseOtherTypes(type = '', encoding = 'identity'): void {
  if (!/^application\/json[\t ]*(;|$)/i.test(type)) {
    throw problem('unsupported-media-type', 'The body must be sent with Content-Type: application/json.', {});
  }
  if (!contentEncodings.includes(encoding.toLowerCase())) {
    throw problem('unsupported-media-type', `The body has an unsupported content encoding '${encoding}'.`, {});
  }
}

/** JSON is UTF-8 (RFC 8259, section 8.1). Decoding would put replacement characters where it is not. */
function refuseOtherText(_request: unknown, _response: unknown, body: Buffer, charset: string): void {
  if (charset !== 'utf-8') throw problem('unsupported-media-type', `The body must be in UTF-8, not in ${charset}.`, {});
  if (!isUtf8(body)) throw invalidRequest([{ pointer: '', detail: 'is not UTF-8' }]);
}

/** What reading a body has thrown, as a refusal; undefined where it is something else. */
export function bodyProblem(error: unknown): ProblemError | undefined {
  if (!(error instanceof Error)) return undefined;
  switch ('type' in error ? error.type : undefined) {
    case 'entity.too.large': {
      const maxBodyBytes = 'limit' in error ? Number(error.limit) : 0;
      return problem('payload-too-large', `The body has more than ${maxBodyBytes} bytes.`, { maxBodyBytes });
    }
    case 'entity.parse.failed':
      return invalidRequest([{ pointer: '', detail: `is not JSON: ${error.message}` }]);
    case 'request.size.invalid':
    case 'request.aborted':
      return invalidRequest([{ pointer: '', detail: 'is not as long as it was said to be' }]);
    case 'charset.unsupported':
      return problem('unsupported-media-type', 'The body must be in UTF-8.', {});
    default:
      return isCompressionError(error)
        ? invalidRequest([{ pointer: '', detail: 'cannot be decompressed' }])
        : undefined;
  }
}

/** What zlib throws has a code of its own: `Z_DATA_ERROR`, `ERR__ERROR_FORMAT_…` of Brotli. */
function isCompressionError(error: Error): boolean {
  return 'code' in error && /^(Z_|ERR_(_ERROR_|BROTLI|ZLIB))/.test(String(error.code));
}
