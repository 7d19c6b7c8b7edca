// Routes in the URL hash, such as `#/orders/42?status=CREATED`, so that reload, back and shared links work.

import { type KnownOrderStatus, orderStatuses } from '@order-workflow/client';
import { useSyncExternalStore } from 'react';

/** The state of the console that its URL contains. */
export type ConsoleRoute = {
  /** The open order, or null. */
  orderId: number | null;
  /** The status by which the list is filtered, or null for all orders. */
  status: KnownOrderStatus | null;
};

const pattern = /^#\/(?:orders(?:\/([1-9]\d{0,14}))?)?(?:\?(.*))?$/;

/** Parses the hash of a URL. An unknown path or status yields the unfiltered list. */
function parseRoute(hash: string): ConsoleRoute {
  const [, id, query] = pattern.exec(hash) ?? [];
  const status = new URLSearchParams(query).get('status');
  return {
    orderId: id === undefined ? null : Number(id),
    status: orderStatuses.find((known) => known === status) ?? null,
  };
}

/** The URL hash of a route. */
export function toHref({ orderId, status }: ConsoleRoute): string {
  const path = orderId === null ? '#/' : `#/orders/${orderId}`;
  return status === null ? path : `${path}?status=${status}`;
}

/** The current route. The component renders again when it changes. */
export function useRoute(): ConsoleRoute {
  return parseRoute(useSyncExternalStore(subscribe, () => window.location.hash));
}

/** Goes to a route and adds an entry to the browser history. */
export function navigate(route: ConsoleRoute): void {
  window.location.hash = toHref(route);
}

function subscribe(onChange: () => void): () => void {
  window.addEventListener('hashchange', onChange);
  return () => window.removeEventListener('hashchange', onChange);
}
