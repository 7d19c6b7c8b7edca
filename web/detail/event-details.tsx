// Details of an event below its summary: the reason, note, findings, error, or changed fields.

import { computeTotal, type Event } from '@order-workflow/client';
import type { ReactNode } from 'react';
import { formatMoney } from '../format/money.ts';
import { ChangeList, formatLineCount } from './change-list.tsx';
import { Findings } from './findings.tsx';

/** Renders nothing for an event without details. */
export function EventDetails({ event }: { event: Event }) {
  switch (event.type) {
    case 'order.created': {
      const { items, currency } = event.data.order;
      return <Detail>{`${formatLineCount(items.length)}, ${formatMoney(computeTotal(items) ?? 0, currency)}`}</Detail>;
    }
    case 'order.updated':
      return <ChangeList changes={event.data.changes} />;
    case 'order.rejected': {
      const { reason, findings } = event.data;
      return <Detail>{findings.length === 0 ? reason : <Findings findings={findings} />}</Detail>;
    }
    case 'order.approved':
      return event.data.note === null ? null : <Detail>{event.data.note}</Detail>;
    case 'order.validation_dead':
      return <Detail>{event.data.error}</Detail>;
    default:
      return null;
  }
}

function Detail({ children }: { children: ReactNode }) {
  return <div className="text-xs/5 whitespace-pre-wrap text-muted">{children}</div>;
}
