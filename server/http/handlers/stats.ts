// Handler for statistics.

import { readStats } from '../../database/queries/orders.ts';
import type { Handlers } from '../routing/handler-types.ts';
import type { Services } from './services.ts';

export function statsHandlers({ store, now }: Services): Handlers<'stats'> {
  return {
    get: async () => ({ status: 200, body: await readStats(store, now()) }),
  };
}
