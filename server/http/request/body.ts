// Reads request bodies: JSON in UTF-8 only, up to a size limit. Bodies that the headers disqualify are rejected before
// `100 Continue` is sent (RFC 9110, section 10.1.1). A body without content counts as absent, with any headers.

import { isUtf8 } from 'node:buffer';
import { createInvalidRequestProblem } from '../../domain/problem.ts';
import { largeBytes } from '../caller-limits/heavy-caller-queue.ts';
import type { Step } from '../pipeline.ts';
import { prepareEarlyResponse } from '../server/lingering-close.ts';
import { type ContentEncoding, createTooLargeProblem, expectNoBytes, readBytes } from './body-bytes.ts';
import { readContentEncoding } from './content-headers.ts';
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
    if (Number(request.headers['content-length']) > maxBodyBytes) throw createTooLargeProblem(maxBodyBytes);
    return readBody(request, response, maxBodyBytes);
  };
}

async function readBody(request: ServiceRequest, response: ServiceResponse, maxBodyBytes: number): Promise<void> {
  let encoding: ContentEncoding;
  try {
    encoding = readContentEncoding(request.headers);
  } catch (problem) {
    if (isCertainlyPresent(request)) throw problem;
    return expectNoBytes(request, problem);
  }
  if (request.isContinueAwaited) sendContinue(request, response);
  const bytes = await readBytes(request, response, encoding, maxBodyBytes);
  if (bytes.length >= largeBytes) await waitForTurn(response, bytes.length);
  request.body = parseBody(bytes);
}

/**
 * Large bodies count against the limits of their caller. They are parsed and executed in turns, because that takes time
 * in proportion to their size.
 */
async function waitForTurn(response: ServiceResponse, bytes: number): Promise<void> {
  const { account } = response;
  account?.charge(response, bytes);
  if (response.endTurn !== undefined) return;
  account?.record(response, bytes);
  const end = await account?.waitForTurn(response);
  account?.record(response, 0);
  if (end) response.beginTurn(end);
}

/** A chunked body may be empty, unless its client waits for permission to send it. */
function isCertainlyPresent({ headers, isContinueAwaited }: ServiceRequest): boolean {
  return Number(headers['content-length']) > 0 || isContinueAwaited;
}

function hasBody({ headers }: ServiceRequest): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length']) > 0;
}

function sendContinue(request: ServiceRequest, response: ServiceResponse): void {
  request.isContinueAwaited = false;
  response.writeContinue();
}

/**
 * Returns undefined for a body without content. Some clients send a byte order mark, a line break, `null` or `""`
 * instead of no body. JSON is UTF-8 (RFC 8259, section 8.1): decoding would silently insert replacement characters.
 */
function parseBody(bytes: Buffer): unknown {
  if (bytes.length === 0) return undefined;
  if (!isUtf8(bytes)) throw createInvalidRequestProblem([{ pointer: '', detail: 'is not UTF-8' }]);
  const text = bytes.toString();
  if (isBlank(text)) return undefined;
  const value = parseJson(text);
  return value === null || value === '' ? undefined : value;
}

function isBlank(text: string): boolean {
  return /^\ufeff?[\t\n\r ]*$/.test(text);
}
