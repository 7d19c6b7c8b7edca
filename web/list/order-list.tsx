// The list of orders: newest first, a page at a time, narrowed by status, live.

import type { OrderStatus } from '../../client/index.ts';
import { pageSize, useOrderPage } from '../data/queries.ts';
import { readFailure } from '../text/errors.ts';
import { ErrorAlert } from '../ui/alert.tsx';
import { EmptyList, LoadingList } from './list-states.tsx';
import { OrderTable } from './order-table.tsx';
import { Pager } from './pager.tsx';
import { StatusFilter } from './status-filter.tsx';
import { useCursors } from './use-cursors.ts';

type OrderListProps = { status: OrderStatus | null; openId: number | null };

export function OrderList({ status, openId }: OrderListProps) {
  const cursors = useCursors();
  const { data, error, isPlaceholderData } = useOrderPage(status, cursors.current);
  const failure = readFailure(error);
  return (
    <div className="@container flex h-full flex-col">
      <StatusFilter status={status} openId={openId} />
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
      {data && (
        <Pager
          first={cursors.index * pageSize + 1}
          count={data.data.length}
          page={data.page}
          cursors={cursors}
          isBusy={isPlaceholderData}
        />
      )}
    </div>
  );
}
