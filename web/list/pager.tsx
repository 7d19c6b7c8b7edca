// Which part of the list is on show, and the way to the parts before and after it.

import type { OrderPage } from '../data/queries.ts';
import { Button } from '../ui/button.tsx';
import type { Cursors } from './use-cursors.ts';

/** `shown`: the page whose rows are on show, which is the one before as long as the next has not come. */
type PagerProps = { shown: OrderPage; cursors: Cursors; isBusy: boolean };

export function Pager({ shown, cursors, isBusy }: PagerProps) {
  const { nextCursor } = shown.page;
  return (
    <nav
      aria-label="Pages"
      className="sticky bottom-0 flex h-12 shrink-0 items-center gap-2 border-t border-line bg-canvas px-4"
    >
      <p className="mr-auto text-muted">{rangeText(shown)}</p>
      <Button isDisabled={isBusy || cursors.index === 0} onPress={cursors.goBack}>
        Previous
      </Button>
      <Button isDisabled={isBusy || nextCursor === null} onPress={() => nextCursor && cursors.goOn(nextCursor)}>
        Next
      </Button>
    </nav>
  );
}

function rangeText({ first, data, page }: OrderPage): string {
  return data.length === 0 ? '' : `${first}–${first + data.length - 1}${totalText(page)}`;
}

function totalText({ total, totalIsCapped }: OrderPage['page']): string {
  if (total === undefined) return '';
  return ` of ${total.toLocaleString()}${totalIsCapped ? '+' : ''}`;
}
