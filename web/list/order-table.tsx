// The table of orders. If it is too narrow for columns, each row is laid out in two lines.

import type { KnownOrderStatus, Order } from '@order-workflow/client';
import { formatDateTime, formatShortDate } from '../format/dates.ts';
import { formatMoney } from '../format/money.ts';
import { toRowLinkId } from '../navigation/focus.ts';
import { toHref } from '../navigation/route.ts';
import { StatusBadge, ValidationMark } from '../ui/status-badge.tsx';

const columnClasses =
  'grid grid-cols-[3.5rem_minmax(0,1fr)_auto] gap-x-3 px-4 ' +
  '@2xl:grid-cols-[4rem_minmax(0,1fr)_minmax(0,1fr)_8rem_11.5rem_4.5rem] @2xl:gap-x-4';

const rowClasses =
  'relative items-center gap-y-0.5 border-b border-line py-2 hover:bg-hover has-focus-visible:bg-hover';

const headClasses =
  'block border-b border-line bg-canvas text-xs text-muted @max-2xl:sr-only lg:sticky lg:top-0 lg:z-10';

// The link and its focus ring cover the whole row.
const linkClasses =
  'font-medium after:absolute after:inset-0 focus-visible:outline-none focus-visible:after:outline-2 ' +
  'focus-visible:after:-outline-offset-2 focus-visible:after:outline-accent';

type OrderTableProps = { orders: Order[]; status: KnownOrderStatus | null; openId: number | null; isStale: boolean };

/** `isStale` dims the rows while another page loads. */
export function OrderTable({ orders, status, openId, isStale }: OrderTableProps) {
  return (
    <table className={`block ${isStale ? 'opacity-60' : ''}`}>
      <caption className="sr-only">Orders, newest first</caption>
      <thead className={headClasses}>
        <tr className={`${columnClasses} h-8 items-center *:text-left *:font-medium`}>
          <th scope="col">Order</th>
          <th scope="col">Reference</th>
          <th scope="col">Customer</th>
          <th scope="col" className="@2xl:text-right">
            Total
          </th>
          <th scope="col">Status</th>
          <th scope="col">Created</th>
        </tr>
      </thead>
      <tbody className="block">
        {orders.map((order) => (
          <OrderRow key={order.id} order={order} status={status} isOpen={order.id === openId} />
        ))}
      </tbody>
    </table>
  );
}

type OrderRowProps = { order: Order; status: KnownOrderStatus | null; isOpen: boolean };

function OrderRow({ order, status, isOpen }: OrderRowProps) {
  return (
    <tr className={`${columnClasses} ${rowClasses} ${isOpen ? 'bg-selected hover:bg-selected' : ''}`}>
      <td className="row-start-1">
        <a
          id={toRowLinkId(order.id)}
          className={linkClasses}
          href={toHref({ orderId: order.id, status })}
          aria-label={`Order ${order.id}`}
          aria-current={isOpen ? 'true' : undefined}
        >
          {order.id}
        </a>
      </td>
      <td className="col-start-2 truncate @max-2xl:row-start-2 @max-2xl:text-muted">{order.reference ?? '–'}</td>
      <td className="truncate @max-2xl:col-start-2 @max-2xl:row-start-1">{order.customerId}</td>
      <td className="text-right font-medium @max-2xl:col-start-3 @max-2xl:row-start-1">
        {formatMoney(order.total, order.currency)}
      </td>
      <td className="flex items-center gap-2 @max-2xl:col-start-3 @max-2xl:row-start-2 @max-2xl:flex-row-reverse">
        <StatusBadge status={order.status} />
        <ValidationMark order={order} />
      </td>
      <td className="whitespace-nowrap text-muted @max-2xl:col-start-1 @max-2xl:row-start-2 @max-2xl:text-xs">
        <time dateTime={order.createdAt} title={formatDateTime(order.createdAt)}>
          {formatShortDate(order.createdAt)}
        </time>
      </td>
    </tr>
  );
}
