// Connection state: whether the latest request received a response. Error responses count as a connection.

import { useSyncExternalStore } from 'react';

let isConnected = true;
const listeners = new Set<() => void>();

/** Records whether a request received a response. Returns whether the connection state changed. */
export function reportConnection(hasResponse: boolean): boolean {
  if (hasResponse === isConnected) return false;
  isConnected = hasResponse;
  for (const listener of listeners) listener();
  return true;
}

/** Whether the service is reachable. The component renders again when this changes. */
export function useIsConnected(): boolean {
  return useSyncExternalStore(subscribe, () => isConnected);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
