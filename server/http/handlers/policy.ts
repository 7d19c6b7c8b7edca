// Handlers for the policy.

import type { PolicyCheck } from '../../../contract/routes/policy.ts';
import { createUnavailableProblem } from '../../domain/problem.ts';
import type { RunResult } from '../../domain/run.ts';
import type { ServiceResponse } from '../request/request.ts';
import type { Handlers } from '../routing/handler-types.ts';
import { createCommandResponder } from './command-responses.ts';
import type { Services } from './services.ts';

/** Creates the handlers of the `policy` routes of the contract. */
export function createPolicyHandlers(services: Services): Handlers<'policy'> {
  const { policy, previewPool, stopping } = services;
  const { respondIdempotent } = createCommandResponder(services);
  return {
    get: async () => ({ status: 200, body: { version: policy.version, rules: [...policy.rules] } }),

    check: async (input) => {
      const check = toPolicyCheck(
        await previewPool.evaluate(input.body, AbortSignal.any([createCloseSignal(input.res), stopping])),
      );
      // Without a key, no response is stored and nothing needs a commit.
      if (input.headers['idempotency-key'] === undefined) return { status: 200, body: check };
      return respondIdempotent(input, { type: 'policy.check', check });
    },
  };
}

/** @throws RequestProblem `unavailable` if the evaluation was cancelled */
function toPolicyCheck(result: RunResult | undefined): PolicyCheck {
  switch (result?.state) {
    case 'passed':
      return { findings: [], error: null };
    case 'failed':
      return { findings: result.findings, error: null };
    case 'dead':
    case 'interrupted':
      return { findings: [], error: result.error };
    case undefined:
      throw createUnavailableProblem('The service is stopping.');
  }
}

/** Returns a signal that aborts when the connection closes or the response has been sent. */
function createCloseSignal(response: ServiceResponse): AbortSignal {
  const closed = new AbortController();
  response.once('close', () => closed.abort());
  return closed.signal;
}
