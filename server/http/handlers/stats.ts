// Handler for statistics.

import { readStats } from '../../database/queries/orders.ts';
import type { Handlers } from '../routing/handler-types.ts';
import type { Services } from './services.ts';

/** Creates the handlers of the `stats` routes of the contract. */
export function createStatsHandlers({ store, now }: Services): Handlers<'stats'> {
  return {
    get: async () => ({ status: 200, body: await readStats(store, now()) }),
  };
}
