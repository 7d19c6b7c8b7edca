// Handlers for liveness and readiness.

import type { Handlers } from '../routing/handler-types.ts';
import type { Services } from './services.ts';

/** Creates the handlers of the `health` routes of the contract. */
export function createHealthHandlers({ store, ruleWorkers, isQueueHealthy, isDraining }: Services): Handlers<'health'> {
  return {
    live: async () => ({ status: 200, body: { status: 'ok' } }),

    ready: async () => {
      const checks = {
        database: toCheck(await store.isHealthy()),
        queue: toCheck(isQueueHealthy()),
        workers: toCheck(ruleWorkers.isHealthy),
      };
      const isReady = !isDraining() && Object.values(checks).every((state) => state === 'ok');
      if (isReady) return { status: 200, body: { status: 'ready', checks } };
      return { status: 503, body: { status: 'not-ready', checks } };
    },
  };
}

function toCheck(isHealthy: boolean): 'ok' | 'failing' {
  return isHealthy ? 'ok' : 'failing';
}
