// Remembers the tokens that were verified lately, so that a token is verified once and not with every request.

import type { Principal } from './principal.ts';

type Entry = { principal: Principal; usableUntilMs: number };

/** Bounded: the tokens that were used longest ago are forgotten first. */
export class VerifiedTokens {
  readonly #entries = new Map<string, Entry>();
  readonly #maxEntries: number;

  constructor(maxEntries: number) {
    this.#maxEntries = maxEntries;
  }

  /** Whose token this is, where that is known and holds now. */
  find(text: string, nowMs: number): Principal | undefined {
    const entry = this.#entries.get(text);
    if (entry === undefined) return undefined;
    this.#entries.delete(text);
    if (nowMs >= entry.usableUntilMs) return undefined;
    this.#entries.set(text, entry);
    return entry.principal;
  }

  add(text: string, principal: Principal, usableUntilMs: number): void {
    this.#entries.set(text, { principal, usableUntilMs });
    if (this.#entries.size <= this.#maxEntries) return;
    const [oldest] = this.#entries.keys();
    if (oldest !== undefined) this.#entries.delete(oldest);
  }
}
