// What the address says is on show: `#/orders/42?status=CREATED`. Reload, back and shared links therefore work.

import { useSyncExternalStore } from 'react';
import { type OrderStatus, orderStatuses } from '../../client/index.ts';

export type Route = {
  /** The order that is open beside the list. */
  orderId: number | null;
  /** The status that the list is narrowed to. */
  status: OrderStatus | null;
};

const pattern = /^#\/(?:orders(?:\/([1-9]\d{0,14}))?)?(?:\?(.*))?$/;

/** Reads the hash of an address. What it does not understand is the whole list. */
function parseRoute(hash: string): Route {
  const [, id, query] = pattern.exec(hash) ?? [];
  const status = new URLSearchParams(query).get('status');
  return {
    orderId: id === undefined ? null : Number(id),
    status: orderStatuses.find((known) => known === status) ?? null,
  };
}

/** The hash that leads there. */
export function toHref({ orderId, status }: Route): string {
  const path = orderId === null ? '#/' : `#/orders/${orderId}`;
  return status === null ? path : `${path}?status=${status}`;
}

export function useRoute(): Route {
  return parseRoute(useSyncExternalStore(subscribe, () => window.location.hash));
}

export function navigate(route: Route): void {
  window.location.hash = toHref(route);
}

function subscribe(onChange: () => void): () => void {
  window.addEventListener('hashchange', onChange);
  return () => window.removeEventListener('hashchange', onChange);
}
