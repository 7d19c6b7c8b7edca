// Reads and decompresses the bytes of a body. A body that is too large is rejected as soon as its size exceeds the
// limit, not at its end.

import { brotliDecompress, gunzip, inflate } from 'node:zlib';
import { createInvalidRequestProblem, createProblem, type RequestProblem } from '../../domain/problem.ts';
import { hasErrorCode } from '../../shared/error-code.ts';
import type { ServiceRequest, ServiceResponse } from './request.ts';

/** The decompressed bytes, and the number of compressed bytes that were consumed. */
type Decompressed = { buffer: Buffer; engine: { bytesWritten: number } };

/** The types of Node do not know the option `info`. */
type Decompress = (
  bytes: Buffer,
  options: { maxOutputLength: number; info: true },
  done: (failure: Error | null, output: Decompressed | undefined) => void,
) => void;

const decompressors = {
  gzip: gunzip as unknown as Decompress,
  deflate: inflate as unknown as Decompress,
  br: brotliDecompress as unknown as Decompress,
};

type CompressedEncoding = keyof typeof decompressors;

/** The supported content encodings (RFC 9110, section 8.4.1). */
export type ContentEncoding = CompressedEncoding | 'identity';

export function isContentEncoding(name: string): name is ContentEncoding {
  return name === 'identity' || Object.hasOwn(decompressors, name);
}

/**
 * Reads and decompresses a body. A body without bytes has no encoding.
 * @param maxBytes applies to the body as it is sent, and to the decompressed body
 * @throws RequestProblem `payload-too-large`; `invalid-request`: the body is truncated or damaged; `too-many-requests`,
 *   `unavailable`: too many bytes are held for the caller or for all callers; the error that is passed to `rejectBody`
 *   of the request
 */
export async function readBytes(
  request: ServiceRequest,
  response: ServiceResponse,
  encoding: ContentEncoding,
  maxBytes: number,
): Promise<Buffer> {
  const bytes = await receiveBytes(request, (length) =>
    length > maxBytes ? createTooLargeProblem(maxBytes) : holdBytes(response, length),
  );
  response.account?.record(response, 0);
  return encoding === 'identity' || bytes.length === 0 ? bytes : decompress(bytes, encoding, maxBytes);
}

/** Bodies up to this size are not counted: one packet, which most bodies fit into. */
const minHeldBytes = 16_384;

/** Counts the bytes of an incomplete body as the unread bytes of a response are counted. Returns why they cannot be. */
function holdBytes(response: ServiceResponse, length: number): unknown {
  if (length < minHeldBytes) return undefined;
  try {
    response.account?.assertRoom(response, 0);
  } catch (problem) {
    return problem;
  }
  response.account?.record(response, length);
  return undefined;
}

/**
 * Waits for the end of a body that must have no bytes.
 * @throws RequestProblem the problem, with the first byte
 */
export async function expectNoBytes(request: ServiceRequest, problem: unknown): Promise<void> {
  await receiveBytes(request, (length) => (length > 0 ? problem : undefined));
}

/** @param findProblem returns the error of a body with at least this number of bytes */
function receiveBytes(request: ServiceRequest, findProblem: (length: number) => unknown): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const chunks: Buffer[] = [];
  let length = 0;
  const settle = (error?: unknown) => {
    request.off('data', addChunk).off('end', settle).off('close', rejectTruncated).off('error', rejectTruncated);
    request.rejectBody = undefined;
    if (error) return reject(error);
    const [first = Buffer.alloc(0)] = chunks;
    resolve(chunks.length > 1 ? Buffer.concat(chunks, length) : first);
  };
  const rejectTruncated = () => settle(createTruncatedProblem());
  const addChunk = (chunk: Buffer) => {
    length += chunk.length;
    const problem = findProblem(length);
    if (problem) return settle(problem);
    chunks.push(chunk);
  };
  if (request.bodyError) throw request.bodyError;
  // The connection was lost during an earlier step, so no further event would settle the promise.
  if (!request.complete && !request.socket.readable) throw createTruncatedProblem();
  request.rejectBody = settle;
  request.on('data', addChunk).on('end', settle).on('close', rejectTruncated).on('error', rejectTruncated);
  return promise;
}

function decompress(bytes: Buffer, encoding: CompressedEncoding, maxBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    decompressors[encoding](bytes, { maxOutputLength: maxBytes, info: true }, (failure, output) => {
      // zlib silently ignores bytes after the end of the compressed data.
      if (output && output.engine.bytesWritten === bytes.length) resolve(output.buffer);
      else reject(toDecompressionProblem(failure, maxBytes));
    });
  });
}

/** The problem of a request that ends before its body does. */
export function createTruncatedProblem(): RequestProblem {
  return createInvalidRequestProblem([{ pointer: '', detail: 'is truncated' }]);
}

/** The problem of a body with more than this number of bytes. */
export function createTooLargeProblem(maxBodyBytes: number): RequestProblem {
  return createProblem('payload-too-large', `The body has more than ${maxBodyBytes} bytes.`, { maxBodyBytes });
}

function toDecompressionProblem(failure: Error | null, maxBytes: number): RequestProblem {
  if (hasErrorCode(failure, 'ERR_BUFFER_TOO_LARGE')) return createTooLargeProblem(maxBytes);
  return createInvalidRequestProblem([{ pointer: '', detail: 'cannot be decompressed' }]);
}
