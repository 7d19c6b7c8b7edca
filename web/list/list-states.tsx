// Placeholders for the rows of the list, while it loads or if it is empty.

import type { KnownOrderStatus } from '@order-workflow/client';

const placeholderKeys = [...'abcdefgh'];

/** Grey bars in place of the rows. */
export function LoadingList() {
  return (
    <div role="status" aria-label="Loading orders">
      {placeholderKeys.map((key) => (
        <div key={key} className="flex h-11 items-center gap-8 border-b border-line px-4">
          <span className="h-2.5 w-8 rounded bg-grey-soft" />
          <span className="h-2.5 w-40 rounded bg-grey-soft" />
          <span className="ml-auto h-2.5 w-20 rounded bg-grey-soft" />
        </div>
      ))}
    </div>
  );
}

/** A text that says why the list is empty. */
export function EmptyList({ status }: { status: KnownOrderStatus | null }) {
  return (
    <div className="px-4 py-16 text-center">
      <p className="font-medium">{status === null ? 'No orders yet' : `No orders with status ${status}`}</p>
      <p className="mt-1 text-muted">
        {status === null ? 'Create the first one with “New order”.' : 'Matching orders appear here automatically.'}
      </p>
    </div>
  );
}
