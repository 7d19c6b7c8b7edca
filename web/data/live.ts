// Follows the log of the service as a hint: what an event is about is asked for again soon, so that the page hardly has
// to poll. It follows only while the page is seen: a browser has few connections to a host, for all of its tabs.

import { type QueryClient, useQueryClient } from '@tanstack/react-query';
import { useEffect, useSyncExternalStore } from 'react';
import { useSession } from '../session/session.ts';
import { setStreamConnected } from './polling.ts';
import { isMissing, keys, useStats } from './queries.ts';
import { service } from './service.ts';

/** What comes within this time is asked for together, in milliseconds. */
const gatherMs = 200;

/** Keeps the page up to date while whoever is there may read and looks on. */
export function useLiveUpdates(): void {
  const queryClient = useQueryClient();
  const { identity, question } = useSession();
  const isSeen = useSyncExternalStore(onVisibility, () => document.visibilityState === 'visible');
  // The stream would only be refused, too, and the page says already that it may not read.
  const mayRead = useStats().data !== undefined;
  // Another person's stream is opened anew, with their token; and none is while a token is asked for.
  const key = isSeen && mayRead && question === undefined ? `of ${identity?.subject ?? 'nobody'}` : undefined;
  useEffect(() => {
    if (key === undefined) return;
    const leaving = new AbortController();
    void follow(queryClient, leaving.signal);
    return () => leaving.abort();
  }, [queryClient, key]);
}

function onVisibility(listener: () => void): () => void {
  document.addEventListener('visibilitychange', listener);
  return () => document.removeEventListener('visibilitychange', listener);
}

async function follow(queryClient: QueryClient, signal: AbortSignal): Promise<void> {
  const tell = gathered((orderIds) => {
    const concerned = [keys.lists, keys.stats, ...[...orderIds].map(keys.order)];
    for (const queryKey of concerned) void queryClient.invalidateQueries({ queryKey });
  });
  const setLive = (isFollowing: boolean) => {
    setStreamConnected(isFollowing);
    // The stream tells nothing of what happened while it was closed, so all is asked for again. That sets the pace as
    // well: when to ask the next time is decided only when an answer comes. What is missing would be missing again.
    const predicate = ({ state }: { state: { error: Error | null } }) => !isMissing(state.error);
    for (const queryKey of [keys.orders, keys.stats]) void queryClient.invalidateQueries({ queryKey, predicate });
  };
  const options = { signal, onOpen: () => setLive(true), onLost: () => setLive(false) };
  try {
    for await (const { orderId } of service.events.stream({}, options)) tell(orderId);
  } catch {
    // Left; or refused, which the page is told as well when it asks by itself.
    setStreamConnected(false);
  }
}

/** Tells, a moment after the first of them, of all orders that were told meanwhile. */
function gathered(tellAll: (orderIds: ReadonlySet<number>) => void): (orderId: number) => void {
  let waiting = new Set<number>();
  const tell = () => {
    const told = waiting;
    waiting = new Set();
    tellAll(told);
  };
  return (orderId) => {
    if (waiting.size === 0) setTimeout(tell, gatherMs);
    waiting.add(orderId);
  };
}
