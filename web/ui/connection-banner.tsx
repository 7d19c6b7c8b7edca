// Says that nothing on the page is fresh, as long as no request is answered.

import { useIsConnected } from '../data/connection.ts';

export function ConnectionBanner() {
  if (useIsConnected()) return null;
  return (
    <div role="alert" className="border-b border-line bg-amber-soft px-4 py-2 text-amber">
      <span className="font-medium">No connection to the service.</span> What you see may be out of date. Trying again…
    </div>
  );
}
