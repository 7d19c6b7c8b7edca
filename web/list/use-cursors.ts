// The way through the pages. Cursors, not offsets: a page stays what it is while new orders come in before it, and
// there is no last offset.

import { useState } from 'react';

export type Cursors = {
  /** Undefined on the first page. */
  current: string | undefined;
  /** How many pages lie before. */
  index: number;
  goOn: (cursor: string) => void;
  goBack: () => void;
};

export function useCursors(): Cursors {
  const [way, setWay] = useState<readonly string[]>([]);
  return {
    current: way.at(-1),
    index: way.length,
    goOn: (cursor) => setWay([...way, cursor]),
    goBack: () => setWay(way.slice(0, -1)),
  };
}
