// What went wrong, said at once to everybody: the detail, the request id for the log, the order in the way.

import type { ReactNode } from 'react';
import { toHref } from '../location/route.ts';
import { toErrorText } from '../text/errors.ts';

export function Alert({ children }: { children: ReactNode }) {
  return (
    <div role="alert" className="rounded-md bg-red-soft px-3 py-2 text-red wrap-anywhere">
      {children}
    </div>
  );
}

export function ErrorAlert({ error }: { error: Error }) {
  const { detail, requestId, orderId } = toErrorText(error);
  return (
    <Alert>
      <p className="font-medium">{detail}</p>
      {orderId !== undefined && (
        // In a tab of its own, as leaving would lose what stands in the form.
        <a className="underline" href={toHref({ orderId, status: null })} target="_blank" rel="noopener">
          Open order {orderId} in a new tab
        </a>
      )}
      {requestId !== undefined && (
        <p className="mt-0.5 text-xs">
          Request <span className="font-mono">{requestId}</span>
        </p>
      )}
    </Alert>
  );
}
