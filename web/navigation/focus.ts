// Keyboard focus during navigation: opening an order focuses its heading, closing it focuses its row in the list.

import { useEffect, useRef } from 'react';

/** The element id of the heading of the open order. */
export const detailHeadingId = 'order-heading';

/** The element id of the link to an order in the list. */
export function toRowLinkId(orderId: number): string {
  return `order-row-${orderId}`;
}

/** Moves the focus when the open order changes, but not when the page loads. */
export function useFocusAfterNavigation(orderId: number | null): void {
  const previous = useRef(orderId);
  useEffect(() => {
    const previousId = previous.current;
    previous.current = orderId;
    if (orderId === previousId) return;
    const targetId = orderId !== null ? detailHeadingId : toRowLinkId(previousId ?? 0);
    document.getElementById(targetId)?.focus();
  }, [orderId]);
}
