// The handlers of validations.

import { notFound } from '../../problem.ts';
import { findValidation } from '../../validation/queries.ts';
import type { HandlersOf } from '../endpoints.ts';
import { initiatorOf } from '../request-context.ts';
import type { Services } from '../services.ts';

export function validationsHandlers({ commit, store, runTerms }: Services): HandlersOf<'validations'> {
  return {
    get: async ({ params: { validationId } }) => {
      const validation = await findValidation(store, validationId);
      if (!validation) throw notFound(`There is no validation ${validationId}`);
      return { status: 200, body: validation };
    },

    retry: async ({ params, req }) => {
      const validation = await commit({ type: 'order.retry', initiator: initiatorOf(req), ...params, ...runTerms });
      return { status: 202, body: validation };
    },
  };
}
