// How an order stands, in its status and in what its latest validation adds to it.

import type { Order, OrderStatus } from '../../client/index.ts';
import { isBeingValidated } from '../data/polling.ts';

const looks: Record<OrderStatus, string> = {
  CREATED: 'bg-grey-soft text-grey',
  VALIDATED: 'bg-blue-soft text-blue',
  APPROVED: 'bg-green-soft text-green',
  REJECTED: 'bg-red-soft text-red',
};

const shape = 'rounded px-1.5 ring ring-current/20 ring-inset text-tiny/[1.125rem] font-semibold tracking-wide';

/** `isLive`: a screen reader is told when it changes. For the one order that is open, not for a list of them. */
export function StatusBadge({ status, isLive = false }: { status: OrderStatus; isLive?: boolean }) {
  const live = isLive ? { role: 'status', 'aria-label': 'Status' } : {};
  return (
    <span className={`${shape} ${looks[status]}`} data-status={status} {...live}>
      {status}
    </span>
  );
}

export function ValidationMark({ order }: { order: Order }) {
  if (isBeingValidated(order)) {
    return (
      <span className="inline-flex items-center gap-1.5 text-xs whitespace-nowrap text-muted">
        <span className="size-1.5 rounded-full bg-accent motion-safe:animate-pulse" />
        validating…
      </span>
    );
  }
  if (order.validation?.state !== 'dead') return null;
  return (
    <span className="inline-flex items-center gap-1.5 text-xs whitespace-nowrap text-amber">
      <span className="size-1.5 rounded-full bg-amber" />
      validation dead
    </span>
  );
}
