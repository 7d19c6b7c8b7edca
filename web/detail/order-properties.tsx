// The properties of an order as a list of names and values.

import type { Order } from '@order-workflow/client';
import type { ReactNode } from 'react';
import { formatDateTime } from '../format/dates.ts';
import { formatMoney } from '../format/money.ts';

/** Shows every metadata entry as a separate property. */
export function OrderProperties({ order }: { order: Order }) {
  const metadata = Object.entries(order.metadata);
  return (
    <dl className="grid grid-cols-[7rem_minmax(0,1fr)] gap-x-4 gap-y-1.5 border-t border-line px-5 py-4">
      <Property name="Total">
        <Total order={order} />
      </Property>
      <Property name="Customer">{order.customerId}</Property>
      <Property name="Reference">{order.reference ?? '–'}</Property>
      <Property name="Created">
        <Timestamp isoTime={order.createdAt} /> <span className="text-muted">by</span> {order.createdBy}
      </Property>
      <Property name="Changed">
        <Timestamp isoTime={order.updatedAt} /> <span className="text-muted">version {order.version}</span>
      </Property>
      {metadata.map(([key, value]) => (
        <Property key={key} name={key}>
          {value}
        </Property>
      ))}
    </dl>
  );
}

/** Adds the currency code, because symbols such as `$` are ambiguous, unless the amount already contains the code. */
function Total({ order: { total, currency } }: { order: Order }) {
  const amount = formatMoney(total, currency);
  return (
    <>
      <span className="font-semibold">{amount}</span>
      {!amount.includes(currency) && <span className="text-muted"> {currency}</span>}
    </>
  );
}

function Property({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-muted wrap-anywhere">{name}</dt>
      <dd className="wrap-anywhere">{children}</dd>
    </>
  );
}

function Timestamp({ isoTime }: { isoTime: string }) {
  return <time dateTime={isoTime}>{formatDateTime(isoTime)}</time>;
}
