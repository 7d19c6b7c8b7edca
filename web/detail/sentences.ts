// Events as sentences. A type that is newer than this page is told by its name.

import type { Actor, Event } from '../../client/index.ts';

export function describeEvent(event: Event): string {
  const who = nameOf(event.actor);
  switch (event.type) {
    case 'order.created':
      return `${who} created the order`;
    case 'order.updated':
      return `${who} changed ${listOf(Object.keys(event.data.changes).map(fieldName))}`;
    case 'order.validation_started':
      return `${who} ${event.data.isRetry ? 'retried' : 'started'} the validation`;
    case 'order.validated':
      return 'The order passed the validation rules';
    case 'order.rejected':
      return event.actor.type === 'system' ? 'The validation rules rejected the order' : `${who} rejected the order`;
    case 'order.approved':
      return `${who} approved the order`;
    case 'order.validation_dead':
      return 'The validation could not be run';
    default:
      return `${nameOf((event as Event).actor)}: ${(event as Event).type}`;
  }
}

/** The name of a field as it stands in the middle of a sentence. */
export function fieldName(field: string): string {
  return field === 'customerId' ? 'customer' : field;
}

function nameOf({ type, id }: Actor): string {
  return type === 'system' ? 'The service' : id;
}

const conjunction = new Intl.ListFormat('en', { type: 'conjunction' });

function listOf(names: string[]): string {
  return names.length === 0 ? 'nothing' : `the ${conjunction.format(names)}`;
}
