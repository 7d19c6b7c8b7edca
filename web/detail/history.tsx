// The history of an order: one entry for each event, oldest first.

import type { Event, Order } from '@order-workflow/client';
import { useHistory } from '../data/queries.ts';
import { formatDateTime, formatShortDate } from '../format/dates.ts';
import { toReadError } from '../format/errors.ts';
import { ErrorAlert } from '../ui/alert.tsx';
import { Button } from '../ui/button.tsx';
import { Section } from '../ui/section.tsx';
import { EventDetails } from './event-details.tsx';
import { describeEvent } from './event-text.ts';

/** Loads further events on request, 50 at a time. */
export function History({ order }: { order: Order }) {
  const { data, error, hasNextPage, fetchNextPage, isFetchingNextPage } = useHistory(order);
  const readError = toReadError(error);
  const events = data?.pages.flatMap((page) => page.data) ?? [];
  return (
    <Section title="History">
      {readError && <ErrorAlert error={readError} />}
      <ol>
        {events.map((event) => (
          <HistoryEntry key={event.id} event={event} />
        ))}
      </ol>
      {hasNextPage && (
        <Button isDisabled={isFetchingNextPage} onPress={() => void fetchNextPage()}>
          Show later events
        </Button>
      )}
    </Section>
  );
}

function HistoryEntry({ event }: { event: Event }) {
  return (
    <li className="group relative flex gap-3 pb-3 last:pb-0">
      <span className="absolute top-3 bottom-0 left-[0.1875rem] w-px bg-line group-last:hidden" />
      <span className="relative mt-[0.4375rem] size-[0.4375rem] shrink-0 rounded-full bg-line-strong" />
      <div className="min-w-0 flex-1 wrap-anywhere">
        <p>{describeEvent(event)}</p>
        <EventDetails event={event} />
      </div>
      <time
        className="shrink-0 text-xs/5 text-muted"
        dateTime={event.timestamp}
        title={formatDateTime(event.timestamp)}
      >
        {formatShortDate(event.timestamp)}
      </time>
    </li>
  );
}
