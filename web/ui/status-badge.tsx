// The status of an order, and the state of its latest validation.

import type { Order, OrderStatus } from '@order-workflow/client';
import { isBeingValidated } from '../data/polling.ts';

const statusClasses: Record<OrderStatus, string> = {
  CREATED: 'bg-grey-soft text-grey',
  VALIDATED: 'bg-blue-soft text-blue',
  APPROVED: 'bg-green-soft text-green',
  REJECTED: 'bg-red-soft text-red',
};

const badgeClasses = 'rounded px-1.5 ring ring-current/20 ring-inset text-tiny/[1.125rem] font-semibold tracking-wide';

/**
 * The status of an order. With `isLive`, screen readers announce changes: for the open order, not for those in a list.
 */
export function StatusBadge({ status, isLive = false }: { status: OrderStatus; isLive?: boolean }) {
  const liveAttributes = isLive ? { role: 'status', 'aria-label': 'Status' } : {};
  return (
    <span className={`${badgeClasses} ${statusClasses[status]}`} data-status={status} {...liveAttributes}>
      {status}
    </span>
  );
}

/** Marks an order whose latest validation is open or dead. Renders nothing for other orders. */
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
