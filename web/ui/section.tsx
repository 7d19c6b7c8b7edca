// A titled part of the open order, which screen readers list as a region by its title.

import { type ReactNode, useId } from 'react';

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
