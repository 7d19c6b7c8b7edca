// What stands where the rows would be: nothing yet, or nothing at all.

import type { OrderStatus } from '../../client/index.ts';

const placeholders = [...'abcdefgh'];

export function LoadingList() {
  return (
    <div role="status" aria-label="Loading orders">
      {placeholders.map((placeholder) => (
        <div key={placeholder} className="flex h-11 items-center gap-8 border-b border-line px-4">
          <span className="h-2.5 w-8 rounded bg-grey-soft" />
          <span className="h-2.5 w-40 rounded bg-grey-soft" />
          <span className="ml-auto h-2.5 w-20 rounded bg-grey-soft" />
        </div>
      ))}
    </div>
  );
}

export function EmptyList({ status }: { status: OrderStatus | null }) {
  return (
    <div className="px-4 py-16 text-center">
      <p className="font-medium">{status === null ? 'No orders yet' : `No order is ${status}`}</p>
      <p className="mt-1 text-muted">
        {status === null ? 'Create the first with “New order”.' : 'Orders show up here by themselves.'}
      </p>
    </div>
  );
}
