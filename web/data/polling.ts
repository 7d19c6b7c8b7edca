// How soon to ask again, in milliseconds: quick while something is about to change, calm else; and hardly ever while
// the page is told what happens.

import { ConnectionError, type Order, ProblemError } from '../../client/index.ts';

const quickMs = 750;
const lostMs = 2_000;
const calmMs = 5_000;
const toldMs = 30_000;

let isFollowing = false;

/** Records whether the page is told what happens. */
export function setStreamConnected(following: boolean): void {
  isFollowing = following;
}

export function isBeingValidated(order: Order): boolean {
  return order.validation?.state === 'open';
}

/** False: not again by itself, as the answer depends on the token alone. */
export function pollingIntervalMs(isAboutToChange: boolean, error: Error | null): number | false {
  if (error instanceof ProblemError && (error.code === 'unauthenticated' || error.code === 'forbidden')) return false;
  if (error instanceof ConnectionError) return lostMs;
  if (isFollowing) return toldMs;
  return isAboutToChange ? quickMs : calmMs;
}
