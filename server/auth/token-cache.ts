// Remembers the tokens that were verified lately, so that a token is verified once and not with every request.

import { LruMap } from '../shared/lru-map.ts';
import type { Principal } from './principal.ts';

type Entry = { principal: Principal; usableUntilMs: number };

/** Bounded: the tokens that were used longest ago are forgotten first. */
export class TokenCache {
  readonly #entries: LruMap<string, Entry>;

  constructor(maxEntries: number) {
    this.#entries = new LruMap(maxEntries);
  }

  /** Whose token this is, where that is known and holds now. */
  find(text: string, nowMs: number): Principal | undefined {
    const entry = this.#entries.get(text);
    return entry && nowMs < entry.usableUntilMs ? entry.principal : undefined;
  }

  add(text: string, principal: Principal, usableUntilMs: number): void {
    this.#entries.set(text, { principal, usableUntilMs });
  }
}
