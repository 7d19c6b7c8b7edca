// The panel of the open order: its actions, properties, items, note and history.

import type { KnownOrderStatus, Order } from '@order-workflow/client';
import { useOrder } from '../data/queries.ts';
import { toReadError } from '../format/errors.ts';
import { detailHeadingId } from '../navigation/focus.ts';
import { navigate } from '../navigation/route.ts';
import { ErrorAlert } from '../ui/alert.tsx';
import { Button } from '../ui/button.tsx';
import { CrossIcon } from '../ui/icons.tsx';
import { Section } from '../ui/section.tsx';
import { StatusBadge, ValidationMark } from '../ui/status-badge.tsx';
import { History } from './history.tsx';
import { OrderActions } from './order-actions.tsx';
import { OrderItems } from './order-items.tsx';
import { OrderProperties } from './order-properties.tsx';
import { StatusNotice } from './status-notice.tsx';

const panelClasses =
  'min-w-0 flex-1 border-line bg-canvas max-lg:pb-8 lg:w-[30rem] lg:flex-none lg:overflow-y-auto lg:border-l';

type OrderDetailProps = { orderId: number; status: KnownOrderStatus | null };

/** Closing the panel keeps the status filter of the list. */
export function OrderDetail({ orderId, status }: OrderDetailProps) {
  const { data: order, error } = useOrder(orderId);
  const readError = toReadError(error);
  return (
    <section aria-labelledby={detailHeadingId} className={panelClasses}>
      <div className="sticky top-0 z-10 flex h-12 items-center gap-3 border-b border-line bg-canvas pr-2 pl-5">
        <h2 id={detailHeadingId} tabIndex={-1} className="text-base font-semibold outline-none">
          Order {orderId}
        </h2>
        {order && <StatusBadge status={order.status} isLive />}
        {order && <ValidationMark order={order} />}
        <div className="ml-auto">
          <Button kind="quiet" label="Close order" onPress={() => navigate({ orderId: null, status })}>
            <CrossIcon />
          </Button>
        </div>
      </div>
      {readError && (
        <div className="px-5 pt-4">
          <ErrorAlert error={readError} />
        </div>
      )}
      {!order && !readError && <p className="px-5 py-4 text-muted">Loading…</p>}
      {order && <OrderContent order={order} />}
    </section>
  );
}

function OrderContent({ order }: { order: Order }) {
  return (
    <>
      <OrderActions order={order} />
      <StatusNotice order={order} />
      <OrderProperties order={order} />
      <OrderItems order={order} />
      {order.note !== null && (
        <Section title="Note">
          <p className="whitespace-pre-wrap wrap-anywhere">{order.note}</p>
        </Section>
      )}
      <History order={order} />
    </>
  );
}
