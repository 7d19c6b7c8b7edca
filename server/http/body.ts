// Reads request bodies: JSON by their content type and nothing else, and no more than is allowed.

import express, { type RequestHandler } from 'express';
import { problem } from '../problem.ts';

/** The middlewares that put a parsed body on the request. */
export function jsonBody(maxBodyBytes: number): RequestHandler[] {
  return [refuseOtherTypes, express.json({ limit: maxBodyBytes, strict: false })];
}

/** A body of another type would be passed over, and a form can be sent from any page without being asked. */
const refuseOtherTypes: RequestHandler = (request, _response, next) => {
  const hasBody = request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length']) > 0;
  if (hasBody && !request.is('application/json')) {
    throw problem('unsupported-media-type', 'The body must be sent with Content-Type: application/json.', {});
  }
  next();
};
