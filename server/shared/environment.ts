// Time and randomness, which are passed to the parts of the service so that tests can replace them.

import { randomBytes } from 'node:crypto';

export type Environment = {
  /** Milliseconds since the epoch. */
  now(): number;
  /** A number from 0 up to but not including 1. */
  random(): number;
  /** Cryptographically secure random bytes. */
  randomBytes(size: number): Uint8Array;
};

export const systemEnvironment: Environment = { now: Date.now, random: Math.random, randomBytes };
