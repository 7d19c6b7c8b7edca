// Takes the keyboard along: to the order that was opened, and back to its row when it is closed.

import { useEffect, useRef } from 'react';

export const detailHeadingId = 'order-heading';

export function rowLinkId(orderId: number): string {
  return `order-row-${orderId}`;
}

/** Moves the focus when the open order changes. Not on the first load, where the page as a whole is new. */
export function useFocusAfterNavigation(orderId: number | null): void {
  const previous = useRef(orderId);
  useEffect(() => {
    const left = previous.current;
    previous.current = orderId;
    if (orderId === left) return;
    const target = orderId !== null ? detailHeadingId : rowLinkId(left ?? 0);
    document.getElementById(target)?.focus();
  }, [orderId]);
}
