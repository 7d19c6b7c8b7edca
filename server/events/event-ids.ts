// Generates the ids of events.

import { v7 as uuidv7 } from 'uuid';
import type { Environment } from '../shared/environment.ts';

const idBytes = 16;
/** Random bytes are requested for many ids at once: a request takes longer than the rest of an id. */
const poolBytes = 256 * idBytes;

/** Creates a function that returns a new UUIDv7 (RFC 9562, section 5.7). */
export function createEventIdGenerator({ now, randomBytes }: Pick<Environment, 'now' | 'randomBytes'>): () => string {
  let pool = new Uint8Array();
  let used = 0;
  return () => {
    if (used + idBytes > pool.length) {
      pool = Uint8Array.from(randomBytes(poolBytes));
      used = 0;
    }
    const random = pool.subarray(used, used + idBytes);
    used += idBytes;
    return uuidv7({ msecs: now(), random });
  };
}
