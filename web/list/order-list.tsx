// The list of orders: newest first, a page at a time, narrowed by status, live.

import type { OrderStatus } from '../../client/index.ts';
import { useOrderPage } from '../data/queries.ts';
import { readFailure } from '../text/errors.ts';
import { ErrorAlert } from '../ui/alert.tsx';
import { EmptyList, LoadingList } from './list-states.tsx';
import { OrderTable } from './order-table.tsx';
import { Pager } from './pager.tsx';
import { StatusFilter } from './status-filter.tsx';
import { useCursors } from './use-cursors.ts';

type OrderListProps = { status: OrderStatus | null; openId: number | null };

export function OrderList({ status, openId }: OrderListProps) {
  return (
    <div className="@container flex h-full flex-col">
      <StatusFilter status={status} openId={openId} />
      {/* A status has its own pages, which begin anew; the filter stays, and with it the focus on its link. */}
      <OrderPages key={status} status={status} openId={openId} />
    </div>
  );
}

function OrderPages({ status, openId }: OrderListProps) {
  const cursors = useCursors();
  const { data, error, isPlaceholderData } = useOrderPage(status, cursors);
  const failure = readFailure(error);
  return (
    <>
      <div className="min-h-0 flex-1 lg:overflow-y-auto" aria-busy={data === undefined || isPlaceholderData}>
        {failure && (
          <div className="p-3">
            <ErrorAlert error={failure} />
          </div>
        )}
        {!data && !failure && <LoadingList />}
        {data?.data.length === 0 && <EmptyList status={status} />}
        {data && data.data.length > 0 && (
          <OrderTable orders={data.data} status={status} openId={openId} isStale={isPlaceholderData} />
        )}
      </div>
      {data && <Pager shown={data} cursors={cursors} isBusy={isPlaceholderData} />}
    </>
  );
}
