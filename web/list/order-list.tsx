// The list of orders: newest first, in pages, filtered by status, and updated live.

import type { KnownOrderStatus } from '@order-workflow/client';
import { useOrderPage } from '../data/queries.ts';
import { toReadError } from '../format/errors.ts';
import { ErrorAlert } from '../ui/alert.tsx';
import { EmptyList, LoadingList } from './list-states.tsx';
import { OrderTable } from './order-table.tsx';
import { Pager } from './pager.tsx';
import { StatusFilter } from './status-filter.tsx';
import { useCursors } from './use-cursors.ts';

type OrderListProps = { status: KnownOrderStatus | null; openId: number | null };

/** `openId` is the id of the open order, whose row is highlighted. */
export function OrderList({ status, openId }: OrderListProps) {
  return (
    <div className="@container flex h-full flex-col">
      <StatusFilter status={status} openId={openId} />
      {/* The key resets paging when the status changes. The filter stays mounted, so that its link keeps the focus. */}
      <OrderPages key={status} status={status} openId={openId} />
    </div>
  );
}

function OrderPages({ status, openId }: OrderListProps) {
  const cursors = useCursors();
  const { data, error, isPlaceholderData } = useOrderPage(status, cursors);
  const readError = toReadError(error);
  return (
    <>
      <div className="min-h-0 flex-1 lg:overflow-y-auto" aria-busy={data === undefined || isPlaceholderData}>
        {readError && (
          <div className="p-3">
            <ErrorAlert error={readError} />
          </div>
        )}
        {!data && !readError && <LoadingList />}
        {data?.data.length === 0 && <EmptyList status={status} />}
        {data && data.data.length > 0 && (
          <OrderTable orders={data.data} status={status} openId={openId} isStale={isPlaceholderData} />
        )}
      </div>
      {data && <Pager displayed={data} cursors={cursors} isBusy={isPlaceholderData} />}
    </>
  );
}
