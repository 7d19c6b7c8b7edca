// Live updates from the event stream. An event invalidates cached data, so that the page rarely has to poll. A hidden
// tab closes its stream, because browsers limit the connections to a host across all tabs.

import { type QueryClient, useQueryClient } from '@tanstack/react-query';
import { useEffect, useSyncExternalStore } from 'react';
import { useSession } from '../session/session.ts';
import { setStreamConnected } from './polling.ts';
import { isMissing, keys, useStats } from './queries.ts';
import { sdk } from './sdk.ts';

/** Events within this time invalidate cached data together. */
const batchMs = 200;

/** Follows the event stream while the page is visible and the user may read orders. */
export function useLiveUpdates(): void {
  const queryClient = useQueryClient();
  const { subject, signInPrompt } = useSession();
  const isVisible = useSyncExternalStore(subscribeToVisibility, () => document.visibilityState === 'visible');
  // Without permission to read, the stream would be rejected too, and the page already reports that.
  const canRead = useStats().data !== undefined;
  const isActive = isVisible && canRead && signInPrompt === undefined;
  // The key changes with the user, so that another user gets a new stream, opened with their token.
  const streamKey = isActive ? `user:${subject ?? ''}` : undefined;
  useEffect(() => {
    if (streamKey === undefined) return;
    const abortController = new AbortController();
    void followEvents(queryClient, abortController.signal);
    return () => abortController.abort();
  }, [queryClient, streamKey]);
}

function subscribeToVisibility(listener: () => void): () => void {
  document.addEventListener('visibilitychange', listener);
  return () => document.removeEventListener('visibilitychange', listener);
}

async function followEvents(queryClient: QueryClient, signal: AbortSignal): Promise<void> {
  const invalidateOrder = batchOrderIds((orderIds) => {
    const affectedKeys = [keys.lists, keys.stats, ...[...orderIds].map(keys.order)];
    for (const queryKey of affectedKeys) void queryClient.invalidateQueries({ queryKey });
  });
  const handleConnectionChange = (isConnected: boolean) => {
    setStreamConnected(isConnected);
    // Invalidate everything: the stream does not report events from the time when it was closed. This also applies the
    // new polling interval, which is evaluated only after a response. An order that does not exist is not read again.
    const predicate = ({ state }: { state: { error: Error | null } }) => !isMissing(state.error);
    for (const queryKey of [keys.orders, keys.stats]) void queryClient.invalidateQueries({ queryKey, predicate });
  };
  const options = {
    signal,
    onOpen: () => handleConnectionChange(true),
    onLost: () => handleConnectionChange(false),
  };
  try {
    for await (const { orderId } of sdk.events.stream({}, options)) if (orderId !== null) invalidateOrder(orderId);
  } catch {
    // The stream was aborted or rejected. A rejection needs no report here: polling receives the same error.
    setStreamConnected(false);
  }
}

/** Collects order ids and passes them to `flush` in batches, `batchMs` after the first id of a batch. */
function batchOrderIds(flush: (orderIds: ReadonlySet<number>) => void): (orderId: number) => void {
  let pending = new Set<number>();
  const flushPending = () => {
    const batch = pending;
    pending = new Set();
    flush(batch);
  };
  return (orderId) => {
    if (pending.size === 0) setTimeout(flushPending, batchMs);
    pending.add(orderId);
  };
}
