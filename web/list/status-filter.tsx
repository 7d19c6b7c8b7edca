// Narrows the list to a status. Links, as each view has its address.

import { type OrderStatus, orderStatuses } from '../../client/index.ts';
import { useStats } from '../data/queries.ts';
import { toHref } from '../location/route.ts';

const names: Record<OrderStatus, string> = {
  CREATED: 'Created',
  VALIDATED: 'Validated',
  APPROVED: 'Approved',
  REJECTED: 'Rejected',
};

type StatusFilterProps = { status: OrderStatus | null; openId: number | null };

export function StatusFilter({ status, openId }: StatusFilterProps) {
  const counts = useStats().data?.orders;
  const sum = counts && orderStatuses.reduce((total, known) => total + counts[known], 0);
  return (
    <nav aria-label="Filter by status" className="flex shrink-0 flex-wrap gap-1 border-b border-line px-3 py-2">
      <FilterLink name="All" count={sum} isCurrent={status === null} href={toHref({ orderId: openId, status: null })} />
      {orderStatuses.map((known) => (
        <FilterLink
          key={known}
          name={names[known]}
          count={counts?.[known]}
          isCurrent={known === status}
          href={toHref({ orderId: openId, status: known })}
        />
      ))}
    </nav>
  );
}

type FilterLinkProps = { name: string; count: number | undefined; isCurrent: boolean; href: string };

function FilterLink({ name, count, isCurrent, href }: FilterLinkProps) {
  const look = isCurrent ? 'bg-grey-soft font-medium text-ink' : 'text-muted hover:bg-hover hover:text-ink';
  return (
    <a
      href={href}
      aria-current={isCurrent ? 'true' : undefined}
      className={`flex h-7 shrink-0 items-center gap-1.5 rounded-md px-2 ${look}`}
    >
      {name} <span className="text-xs font-normal text-muted">{count?.toLocaleString() ?? ''}</span>
    </a>
  );
}
