// The handlers of the policy.

import type { HandlersOf } from '../endpoints.ts';
import type { Services } from '../services.ts';

export function policyHandlers({ judges }: Services): HandlersOf<'policy'> {
  return {
    get: async () => {
      const { version, rules } = judges.policy;
      return { status: 200, body: { version, rules: [...rules] } };
    },

    check: async ({ body }) => {
      const outcome = await judges.judge(body);
      switch (outcome.kind) {
        case 'judged':
          return { status: 200, body: { findings: outcome.findings, error: null } };
        case 'broken':
        case 'exhausted':
          return { status: 200, body: { findings: [], error: outcome.error } };
        case 'abandoned':
          throw new Error('nobody gives a check up');
      }
    },
  };
}
