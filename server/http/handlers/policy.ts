// The handlers of the policy.

import type { PolicyCheck } from '../../../contract/policy.ts';
import { unavailable } from '../../domain/problem.ts';
import type { Outcome } from '../../validation/pending-evaluation.ts';
import type { ServiceResponse } from '../request/request.ts';
import type { HandlersOf } from '../routing/endpoints.ts';
import { commandAnswers } from './command-responses.ts';
import type { Services } from './services.ts';

export function policyHandlers(services: Services): HandlersOf<'policy'> {
  const { policy, checkers, stopping } = services;
  const { answerOnce } = commandAnswers(services);
  return {
    get: async () => ({ status: 200, body: { version: policy.version, rules: [...policy.rules] } }),

    check: async (input) => {
      const result = resultOf(await checkers.judge(input.body, AbortSignal.any([closeOf(input.res), stopping])));
      // Nothing is kept without a key, and so nothing has to be committed.
      if (input.headers['idempotency-key'] === undefined) return { status: 200, body: result };
      return answerOnce(input, { type: 'policy.check', result });
    },
  };
}

/** @throws ProblemError `unavailable`: nobody waits for it any more, or the service is stopping */
function resultOf(outcome: Outcome): PolicyCheck {
  switch (outcome.kind) {
    case 'judged':
      return { findings: outcome.findings, error: null };
    case 'broken':
    case 'exhausted':
      return { findings: [], error: outcome.error };
    case 'abandoned':
      throw unavailable('The service is stopping.');
  }
}

/** Aborts when nobody waits for the answer any more. */
function closeOf(response: ServiceResponse): AbortSignal {
  const closed = new AbortController();
  response.once('close', () => closed.abort());
  return closed.signal;
}
