// A banner that is shown while the service is unreachable.

import { useIsConnected } from '../data/connection.ts';

/** Renders nothing while the service is reachable. */
export function ConnectionBanner() {
  if (useIsConnected()) return null;
  return (
    <div role="alert" className="border-b border-line bg-amber-soft px-4 py-2 text-amber">
      <span className="font-medium">No connection to the service.</span> This page may be out of date. Reconnecting…
    </div>
  );
}
