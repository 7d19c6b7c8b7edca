// Reads the bytes of a body, unpacked, and no more of them than is allowed: what is too large is refused as soon as
// that is known, and not when all of it has come.

import { brotliDecompress, gunzip, inflate } from 'node:zlib';
import { createProblem, invalidRequest, type RequestProblem } from '../../domain/problem.ts';
import type { ServiceRequest } from './request.ts';

type Done = (error: RequestProblem | undefined, bytes: Buffer) => void;

/** What has been unpacked, and out of how many bytes. */
type Unpacked = { buffer: Buffer; engine: { bytesWritten: number } };

type Unpack = (
  bytes: Buffer,
  options: { maxOutputLength: number; info: true },
  done: (failure: Error | null, unpacked: Unpacked | undefined) => void,
) => void;

const unpackers = {
  gzip: gunzip as unknown as Unpack,
  deflate: inflate as unknown as Unpack,
  br: brotliDecompress as unknown as Unpack,
};

/** The content encodings that are understood (RFC 9110, section 8.4.1). */
export type ContentEncoding = keyof typeof unpackers | 'identity';

export function isContentEncoding(name: string): name is ContentEncoding {
  return name === 'identity' || Object.hasOwn(unpackers, name);
}

/**
 * Reads a body, packed by `encoding`. Refused: `payload-too-large`, packed or unpacked; `invalid-request`, where it is
 * cut off or damaged; and what is told to the request's `failBody` meanwhile.
 */
export function readBytes(request: ServiceRequest, encoding: ContentEncoding, maxBytes: number, done: Done): void {
  receive(request, maxBytes, (error, bytes) => {
    if (error || encoding === 'identity') return done(error, bytes);
    unpackers[encoding](bytes, { maxOutputLength: maxBytes, info: true }, (failure, unpacked) => {
      // What stands behind the end would be passed over.
      const isWhole = unpacked?.engine.bytesWritten === bytes.length;
      done(isWhole ? undefined : unpackingProblem(failure, maxBytes), unpacked?.buffer ?? bytes);
    });
  });
}

function receive(request: ServiceRequest, maxBytes: number, done: Done): void {
  const chunks: Buffer[] = [];
  let length = 0;
  const settle = (error?: RequestProblem) => {
    request.off('data', take).off('end', settle).off('close', cutOff).off('error', cutOff);
    request.rejectBody = undefined;
    const [first = Buffer.alloc(0)] = chunks;
    done(error, chunks.length > 1 && !error ? Buffer.concat(chunks, length) : first);
  };
  const cutOff = () => settle(invalidRequest([{ pointer: '', detail: 'is not as long as it was said to be' }]));
  const take = (chunk: Buffer) => {
    length += chunk.length;
    if (length > maxBytes) return settle(createTooLargeProblem(maxBytes));
    chunks.push(chunk);
  };
  if (request.bodyError) return void done(request.bodyError, Buffer.alloc(0));
  request.rejectBody = settle;
  request.on('data', take).on('end', settle).on('close', cutOff).on('error', cutOff);
}

/** A body with more bytes than this. */
export function createTooLargeProblem(maxBodyBytes: number): RequestProblem {
  return createProblem('payload-too-large', `The body has more than ${maxBodyBytes} bytes.`, { maxBodyBytes });
}

function unpackingProblem(failure: Error | null, maxBytes: number): RequestProblem {
  if (failure && 'code' in failure && failure.code === 'ERR_BUFFER_TOO_LARGE') return createTooLargeProblem(maxBytes);
  return invalidRequest([{ pointer: '', detail: 'cannot be decompressed' }]);
}
