// Which part of the list is on show, and the way to the parts before and after it.

import type { OrderPage } from '../data/queries.ts';
import { Button } from '../ui/button.tsx';
import type { Cursors } from './use-cursors.ts';

type PagerProps = { first: number; count: number; page: OrderPage['page']; cursors: Cursors; isBusy: boolean };

export function Pager({ first, count, page, cursors, isBusy }: PagerProps) {
  const { nextCursor } = page;
  return (
    <nav
      aria-label="Pages"
      className="sticky bottom-0 flex h-12 shrink-0 items-center gap-2 border-t border-line bg-canvas px-4"
    >
      <p className="mr-auto text-muted">{count > 0 ? `${first}–${first + count - 1}${totalText(page)}` : ''}</p>
      <Button isDisabled={isBusy || cursors.index === 0} onPress={cursors.goBack}>
        Previous
      </Button>
      <Button isDisabled={isBusy || nextCursor === null} onPress={() => nextCursor && cursors.goOn(nextCursor)}>
        Next
      </Button>
    </nav>
  );
}

function totalText({ total, totalIsCapped }: OrderPage['page']): string {
  if (total === undefined) return '';
  return ` of ${total.toLocaleString()}${totalIsCapped ? '+' : ''}`;
}
