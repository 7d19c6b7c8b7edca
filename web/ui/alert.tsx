// Error messages. The role `alert` makes screen readers announce them at once.

import type { ReactNode } from 'react';
import { toErrorText } from '../format/errors.ts';
import { toHref } from '../navigation/route.ts';

/** A red box with an error message. */
export function Alert({ children }: { children: ReactNode }) {
  return (
    <div role="alert" className="rounded-md bg-red-soft px-3 py-2 text-red wrap-anywhere">
      {children}
    </div>
  );
}

/** Shows an error with its request id and a link to the order that caused a conflict. */
export function ErrorAlert({ error }: { error: Error }) {
  const { detail, requestId, orderId } = toErrorText(error);
  return (
    <Alert>
      <p className="font-medium">{detail}</p>
      {orderId !== undefined && (
        // Opens a new tab, because leaving the page would discard the input in the form.
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
