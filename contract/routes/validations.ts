// The routes of validations.

import { conditionalIdempotencyHeaders } from '../schemas/preconditions.ts';
import { validation } from '../schemas/validation.ts';
import {
  contractBuilder,
  emptyBody,
  metadata,
  noQuery,
  problems,
  problemsWithBody,
  validationPath,
  withHeaders,
} from './route.ts';

/** The routes of validations. */
export const validationsRoutes = contractBuilder.router({
  get: {
    method: 'GET',
    path: '/validations/:validationId',
    pathParams: validationPath,
    summary: 'Get a validation',
    description: 'Returns the validation with its state and, if it has ended, its result.',
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
      'Requires the latest validation of an order in status CREATED, in state `dead`. The retry uses the current ' +
      'version of the order and the current policy, and resets `attempt` to 0.',
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
    metadata: withHeaders(metadata('Validations', 'orders:write'), 'Location'),
  },
});
