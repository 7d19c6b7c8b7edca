// The handlers of the health checks.

import type { HandlersOf } from '../routing/endpoints.ts';
import type { Services } from './services.ts';

export function healthHandlers({ store, judges, isQueueHealthy, isDraining }: Services): HandlersOf<'health'> {
  return {
    live: async () => ({ status: 200, body: { status: 'ok' } }),

    ready: async () => {
      const checks = {
        database: stateOf(await store.isHealthy()),
        queue: stateOf(isQueueHealthy()),
        workers: stateOf(judges.areHealthy),
      };
      const isReady = !isDraining() && Object.values(checks).every((state) => state === 'ok');
      if (isReady) return { status: 200, body: { status: 'ready', checks } };
      return { status: 503, body: { status: 'not-ready', checks } };
    },
  };
}

function stateOf(isHealthy: boolean): 'ok' | 'failing' {
  return isHealthy ? 'ok' : 'failing';
}
