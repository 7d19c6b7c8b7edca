// Summarizes events in one sentence.

import type { Actor, Event } from '@order-workflow/client';

/** The summary of an event. For an unknown event type, it contains the name of the type. */
export function describeEvent(event: Event): string {
  const actor = toActorName(event.actor);
  switch (event.type) {
    case 'order.created':
      return `${actor} created the order`;
    case 'order.updated':
      return `${actor} changed ${formatNames(Object.keys(event.data.changes).map(toFieldLabel))}`;
    case 'order.validation_started':
      return `${actor} ${event.data.isRetry ? 'retried' : 'started'} the validation`;
    case 'order.validated':
      return 'The order passed the validation rules';
    case 'order.rejected':
      return event.actor.type === 'system' ? 'The validation rules rejected the order' : `${actor} rejected the order`;
    case 'order.approved':
      return `${actor} approved the order`;
    case 'order.validation_dead':
      return 'The validation could not be run';
    default:
      return `${toActorName((event as Event).actor)}: ${(event as Event).type}`;
  }
}

/** The label of a field within a sentence, in lower case. */
export function toFieldLabel(field: string): string {
  return field === 'customerId' ? 'customer' : field;
}

function toActorName({ type, id }: Actor): string {
  return type === 'system' ? 'The service' : id;
}

const conjunction = new Intl.ListFormat('en', { type: 'conjunction' });

function formatNames(names: string[]): string {
  return names.length === 0 ? 'nothing' : `the ${conjunction.format(names)}`;
}
