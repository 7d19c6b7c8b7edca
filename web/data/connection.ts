// Remembers whether the latest request got an answer at all. Every answer counts, refusals too.

import { useSyncExternalStore } from 'react';

let isConnected = true;
const listeners = new Set<() => void>();

/** Records whether a request was answered. Returns whether that is news. */
export function reportConnection(isAnswered: boolean): boolean {
  if (isAnswered === isConnected) return false;
  isConnected = isAnswered;
  for (const listener of listeners) listener();
  return true;
}

export function useIsConnected(): boolean {
  return useSyncExternalStore(subscribe, () => isConnected);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
