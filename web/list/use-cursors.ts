// Paging by cursor. Offsets are not used: new orders would shift the pages, and the service limits offsets to 10,000.

import { useState } from 'react';

/** The current page, and functions that change it. */
export type Cursors = {
  /** The cursor of the current page; undefined on the first page. */
  current: string | undefined;
  /** The index of the current page, counted from 0. */
  index: number;
  goForward: (cursor: string) => void;
  goBack: () => void;
};

/** Keeps the cursors of the pages up to the current one, so that the user can go back. */
export function useCursors(): Cursors {
  const [visited, setVisited] = useState<readonly string[]>([]);
  return {
    current: visited.at(-1),
    index: visited.length,
    goForward: (cursor) => setVisited([...visited, cursor]),
    goBack: () => setVisited(visited.slice(0, -1)),
  };
}
