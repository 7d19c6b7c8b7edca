// Reads request bodies: JSON in UTF-8 only, up to a size limit. Bodies that the headers disqualify are rejected before
// `100 Continue` is sent (RFC 9110, section 10.1.1).

import { isUtf8 } from 'node:buffer';
import { createInvalidRequestProblem, createProblem } from '../../domain/problem.ts';
import type { Step } from '../pipeline.ts';
import { prepareEarlyResponse } from '../server/lingering-close.ts';
import { type ContentEncoding, createTooLargeProblem, isContentEncoding, readBytes } from './body-bytes.ts';
import type { ServiceRequest, ServiceResponse } from './request.ts';
import { parseJson } from './strict-json.ts';

/**
 * Creates the step that sets the parsed body of a request. It returns a promise only if there is a body to read. The
 * body of a GET has no meaning and is discarded (RFC 9110, section 9.3.1).
 * @throws RequestProblem `unsupported-media-type`, `payload-too-large`, `invalid-request`
 */
export function createBodyReader(maxBodyBytes: number): Step {
  return (request, response) => {
    if (!hasBody(request)) return undefined;
    if (request.method === 'GET' || request.method === 'HEAD') return prepareEarlyResponse(request, response);
    const encoding = readContentEncoding(request);
    if (Number(request.headers['content-length']) > maxBodyBytes) throw createTooLargeProblem(maxBodyBytes);
    if (request.isContinueAwaited) sendContinue(request, response);
    return readBody(request, encoding, maxBodyBytes);
  };
}

async function readBody(request: ServiceRequest, encoding: ContentEncoding, maxBodyBytes: number): Promise<void> {
  request.body = parseBody(await readBytes(request, encoding, maxBodyBytes));
}

function hasBody({ headers }: ServiceRequest): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length']) > 0;
}

function sendContinue(request: ServiceRequest, response: ServiceResponse): void {
  request.isContinueAwaited = false;
  response.writeContinue();
}

/** Other content types are rejected. A form, for example, could be sent from any page without a preflight. */
function readContentEncoding({ headers }: ServiceRequest): ContentEncoding {
  const type = headers['content-type'] ?? '';
  if (type !== 'application/json') rejectOtherTypes(type);
  const encoding = (headers['content-encoding'] ?? 'identity').toLowerCase();
  if (isContentEncoding(encoding)) return encoding;
  throw createProblem('unsupported-media-type', `The body has an unsupported content encoding '${encoding}'.`, {});
}

function rejectOtherTypes(type: string): void {
  if (!/^application\/json[\t ]*(;|$)/i.test(type)) {
    throw createProblem('unsupported-media-type', 'The body must be sent with Content-Type: application/json.', {});
  }
  for (const [, charset = ''] of type.matchAll(/;[\t ]*charset="?([^\t ;"]*)/gi)) {
    if (charset.toLowerCase() !== 'utf-8')
      throw createProblem('unsupported-media-type', 'The body must be in UTF-8.', {});
  }
}

/** JSON is UTF-8 (RFC 8259, section 8.1). Decoding would silently insert replacement characters. */
function parseBody(bytes: Buffer): unknown {
  if (bytes.length === 0) return undefined;
  if (!isUtf8(bytes)) throw createInvalidRequestProblem([{ pointer: '', detail: 'is not UTF-8' }]);
  return parseJson(bytes.toString());
}
