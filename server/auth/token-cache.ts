// Caches verified tokens, because verifying a signature with each request is expensive.

import { LruMap } from '../shared/lru-map.ts';
import type { Principal } from './principal.ts';

type Entry = { principal: Principal; usableUntilMs: number };

/** Bounded: the least recently used tokens are dropped first. */
export class TokenCache {
  readonly #entries: LruMap<string, Entry>;

  constructor(maxEntries: number) {
    this.#entries = new LruMap(maxEntries);
  }

  /** Returns the principal of a cached token, unless it has expired. */
  find(text: string, nowMs: number): Principal | undefined {
    const entry = this.#entries.get(text);
    return entry && nowMs < entry.usableUntilMs ? entry.principal : undefined;
  }

  /** @param usableUntilMs milliseconds since the epoch */
  add(text: string, principal: Principal, usableUntilMs: number): void {
    this.#entries.set(text, { principal, usableUntilMs });
  }
}
