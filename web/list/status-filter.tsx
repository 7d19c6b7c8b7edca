// Links that filter the list by status, each with the number of its orders.

import { type KnownOrderStatus, orderStatuses } from '@order-workflow/client';
import { useStats } from '../data/queries.ts';
import { toHref } from '../navigation/route.ts';

const labels: Record<KnownOrderStatus, string> = {
  CREATED: 'Created',
  VALIDATED: 'Validated',
  APPROVED: 'Approved',
  REJECTED: 'Rejected',
};

type StatusFilterProps = { status: KnownOrderStatus | null; openId: number | null };

/** The links keep the open order open. */
export function StatusFilter({ status, openId }: StatusFilterProps) {
  const counts = useStats().data?.orders;
  const total = counts && orderStatuses.reduce((sum, name) => sum + counts[name], 0);
  return (
    <nav aria-label="Filter by status" className="flex shrink-0 flex-wrap gap-1 border-b border-line px-3 py-2">
      <FilterLink
        label="All"
        count={total}
        isCurrent={status === null}
        href={toHref({ orderId: openId, status: null })}
      />
      {orderStatuses.map((name) => (
        <FilterLink
          key={name}
          label={labels[name]}
          count={counts?.[name]}
          isCurrent={name === status}
          href={toHref({ orderId: openId, status: name })}
        />
      ))}
    </nav>
  );
}

/** On a phone the count is below the label, so that all links fit in one line. */
const sizeClasses = 'h-7 gap-1.5 px-2 max-sm:h-auto max-sm:flex-col max-sm:gap-0 max-sm:px-1.5 max-sm:py-1';

type FilterLinkProps = { label: string; count: number | undefined; isCurrent: boolean; href: string };

function FilterLink({ label, count, isCurrent, href }: FilterLinkProps) {
  const stateClasses = isCurrent ? 'bg-grey-soft font-medium text-ink' : 'text-muted hover:bg-hover hover:text-ink';
  return (
    <a
      href={href}
      aria-current={isCurrent ? 'true' : undefined}
      className={`flex shrink-0 items-center rounded-md ${sizeClasses} ${stateClasses}`}
    >
      {label} <span className="text-xs font-normal text-muted">{count?.toLocaleString() ?? ''}</span>
    </a>
  );
}
