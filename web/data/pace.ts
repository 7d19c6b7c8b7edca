// How soon to ask again, in milliseconds: quick while something is about to change, calm else.

import { ConnectionError, type Order } from '../../client/index.ts';

const quickMs = 750;
const lostMs = 2_000;
const calmMs = 5_000;

export function isBeingValidated(order: Order): boolean {
  return order.validation?.state === 'open';
}

export function paceMs(isAboutToChange: boolean, error: Error | null): number {
  if (error instanceof ConnectionError) return lostMs;
  return isAboutToChange ? quickMs : calmMs;
}
