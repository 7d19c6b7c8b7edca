// The range of the displayed orders, and buttons for the previous and the next page.

import type { OrderPage } from '../data/queries.ts';
import { Button } from '../ui/button.tsx';
import type { Cursors } from './use-cursors.ts';

/** `displayed` is the page whose rows are displayed: the previous page until the next one has loaded. */
type PagerProps = { displayed: OrderPage; cursors: Cursors; isBusy: boolean };

/** The buttons are disabled while a page loads. */
export function Pager({ displayed, cursors, isBusy }: PagerProps) {
  const { nextCursor } = displayed.page;
  return (
    <nav
      aria-label="Pages"
      className="sticky bottom-0 flex h-12 shrink-0 items-center gap-2 border-t border-line bg-canvas px-4"
    >
      <p className="mr-auto text-muted">{formatRange(displayed)}</p>
      <Button isDisabled={isBusy || cursors.index === 0} onPress={cursors.goBack}>
        Previous
      </Button>
      <Button isDisabled={isBusy || nextCursor === null} onPress={() => nextCursor && cursors.goForward(nextCursor)}>
        Next
      </Button>
    </nav>
  );
}

function formatRange({ first, data, page }: OrderPage): string {
  return data.length === 0 ? '' : `${first}–${first + data.length - 1}${formatTotal(page)}`;
}

function formatTotal({ total, totalIsCapped }: OrderPage['page']): string {
  if (total === undefined) return '';
  return ` of ${total.toLocaleString()}${totalIsCapped ? '+' : ''}`;
}
