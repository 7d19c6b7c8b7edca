// The fields of an order, each with its name.

import type { ReactNode } from 'react';
import type { Order } from '../../client/index.ts';
import { exactMoment } from '../text/moments.ts';
import { formatMoney } from '../text/money.ts';

export function OrderFacts({ order }: { order: Order }) {
  const metadata = Object.entries(order.metadata);
  return (
    <dl className="grid grid-cols-[7rem_minmax(0,1fr)] gap-x-4 gap-y-1.5 border-t border-line px-5 py-4">
      <Fact name="Total">
        <Total order={order} />
      </Fact>
      <Fact name="Customer">{order.customerId}</Fact>
      <Fact name="Reference">{order.reference ?? '–'}</Fact>
      <Fact name="Created">
        <Moment timestamp={order.createdAt} /> <span className="text-muted">by</span> {order.createdBy}
      </Fact>
      <Fact name="Changed">
        <Moment timestamp={order.updatedAt} /> <span className="text-muted">version {order.version}</span>
      </Fact>
      {metadata.map(([key, value]) => (
        <Fact key={key} name={key}>
          {value}
        </Fact>
      ))}
    </dl>
  );
}

/** `$` could be one of many: the code tells which, unless the amount already says it. */
function Total({ order: { total, currency } }: { order: Order }) {
  const amount = formatMoney(total, currency);
  return (
    <>
      <span className="font-semibold">{amount}</span>
      {!amount.includes(currency) && <span className="text-muted"> {currency}</span>}
    </>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-muted wrap-anywhere">{name}</dt>
      <dd className="wrap-anywhere">{children}</dd>
    </>
  );
}

function Moment({ timestamp }: { timestamp: string }) {
  return <time dateTime={timestamp}>{exactMoment(timestamp)}</time>;
}
