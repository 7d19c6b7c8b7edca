// A section of the open order. Its title makes it a named region for screen readers.

import { type ReactNode, useId } from 'react';

/** The title is a heading of level 3. */
export function Section({ title, children }: { title: string; children: ReactNode }) {
  const titleId = useId();
  return (
    <section aria-labelledby={titleId} className="border-t border-line px-5 py-4">
      <h3 id={titleId} className="mb-2 text-xs font-medium text-muted">
        {title}
      </h3>
      {children}
    </section>
  );
}
