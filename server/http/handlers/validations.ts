// The handlers of validations.

import { findValidation } from '../../database/queries/validations.ts';
import { notFound } from '../../domain/problem.ts';
import { initiatorOf } from '../request/request-context.ts';
import type { HandlersOf } from '../routing/endpoints.ts';
import { commandAnswers } from './command-responses.ts';
import type { Services } from './services.ts';

export function validationsHandlers(services: Services): HandlersOf<'validations'> {
  const { store, runTerms } = services;
  const { answerOnce } = commandAnswers(services);
  return {
    get: async ({ params: { validationId } }) => {
      const validation = await findValidation(store, validationId);
      if (!validation) throw notFound(`There is no validation ${validationId}`);
      return { status: 200, body: validation };
    },

    retry: (input) => {
      const initiator = initiatorOf(input.req);
      return answerOnce(input, {
        type: 'order.retry',
        initiator,
        expected: input.headers['if-match'],
        ...input.params,
        ...runTerms,
      });
    },
  };
}
