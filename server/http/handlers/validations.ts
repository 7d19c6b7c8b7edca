// Handlers for validations.

import { findValidation } from '../../database/queries/validations.ts';
import { createNotFoundProblem } from '../../domain/problem.ts';
import { toInitiator } from '../request/request-context.ts';
import type { Handlers } from '../routing/handler-types.ts';
import { createCommandResponder } from './command-responses.ts';
import type { Services } from './services.ts';

/** Creates the handlers of the `validations` routes of the contract. */
export function createValidationsHandlers(services: Services): Handlers<'validations'> {
  const { store, runSettings } = services;
  const { respondIdempotent } = createCommandResponder(services);
  return {
    get: async ({ params: { validationId } }) => {
      const validation = await findValidation(store, validationId);
      if (!validation) throw createNotFoundProblem(`Validation ${validationId} does not exist`);
      return { status: 200, body: validation };
    },

    retry: (input) => {
      const initiator = toInitiator(input.req);
      return respondIdempotent(input, {
        type: 'order.retry',
        initiator,
        expected: input.headers['if-match'],
        ...input.params,
        ...runSettings,
      });
    },
  };
}
