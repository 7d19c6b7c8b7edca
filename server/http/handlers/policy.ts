// The handlers of the policy.

import { unavailable } from '../../problem.ts';
import type { HandlersOf } from '../endpoints.ts';
import type { ServiceResponse } from '../exchange.ts';
import type { Services } from '../services.ts';

export function policyHandlers({ policy, checkers, stopping }: Services): HandlersOf<'policy'> {
  return {
    get: async () => ({ status: 200, body: { version: policy.version, rules: [...policy.rules] } }),

    check: async ({ body, res }) => {
      const outcome = await checkers.judge(body, AbortSignal.any([closeOf(res), stopping]));
      switch (outcome.kind) {
        case 'judged':
          return { status: 200, body: { findings: outcome.findings, error: null } };
        case 'broken':
        case 'exhausted':
          return { status: 200, body: { findings: [], error: outcome.error } };
        case 'abandoned':
          throw unavailable('The service is stopping.');
      }
    },
  };
}

/** Aborts when nobody waits for the answer any more. */
function closeOf(response: ServiceResponse): AbortSignal {
  const closed = new AbortController();
  response.once('close', () => closed.abort());
  return closed.signal;
}
