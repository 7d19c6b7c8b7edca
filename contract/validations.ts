// The routes of validations.

import { conditionalIdempotencyHeaders } from './preconditions.ts';
import { contractBuilder, emptyBody, metadata, noQuery, problems, problemsWithBody, validationPath } from './route.ts';
import { validation } from './validation.ts';

export const validationsRoutes = contractBuilder.router({
  get: {
    method: 'GET',
    path: '/validations/:validationId',
    pathParams: validationPath,
    summary: 'Read a validation',
    query: noQuery,
    responses: { 200: validation, ...problems('not-found') },
    metadata: metadata('Validations', 'orders:read'),
  },
  retry: {
    method: 'POST',
    path: '/validations/:validationId/retry',
    pathParams: validationPath,
    summary: 'Retry a dead validation',
    description:
      'Only the latest validation of an order that is still CREATED, and only if it is dead. It takes the present ' +
      'version of the order and the present policy, and counts its attempts from 0 again.',
    headers: conditionalIdempotencyHeaders,
    query: noQuery,
    body: emptyBody,
    responses: {
      202: validation,
      ...problemsWithBody(
        'not-found',
        'invalid-transition',
        'validation-in-progress',
        'conflict',
        'version-mismatch',
        'idempotency-key-reused',
      ),
    },
    metadata: metadata('Validations', 'orders:write'),
  },
});
