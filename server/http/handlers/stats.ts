// The handler of the counters.

import { readStats } from '../../orders/queries.ts';
import type { HandlersOf } from '../endpoints.ts';
import type { Services } from '../services.ts';

export function statsHandlers({ store, now }: Services): HandlersOf<'stats'> {
  return {
    get: async () => ({ status: 200, body: await readStats(store, now()) }),
  };
}
