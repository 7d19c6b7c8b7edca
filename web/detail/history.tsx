// What happened to an order, oldest first, as sentences.

import type { Event, Order } from '../../client/index.ts';
import { useHistory } from '../data/queries.ts';
import { readFailure } from '../text/errors.ts';
import { briefMoment, exactMoment } from '../text/moments.ts';
import { ErrorAlert } from '../ui/alert.tsx';
import { Button } from '../ui/button.tsx';
import { Section } from '../ui/section.tsx';
import { EventDetails } from './event-details.tsx';
import { describeEvent } from './sentences.ts';

export function History({ order }: { order: Order }) {
  const { data, error, hasNextPage, fetchNextPage, isFetchingNextPage } = useHistory(order);
  const failure = readFailure(error);
  const events = data?.pages.flatMap((page) => page.data) ?? [];
  return (
    <Section title="History">
      {failure && <ErrorAlert error={failure} />}
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
      <time className="shrink-0 text-xs/5 text-muted" dateTime={event.timestamp} title={exactMoment(event.timestamp)}>
        {briefMoment(event.timestamp)}
      </time>
    </li>
  );
}
