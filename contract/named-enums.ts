// The names of the enumerations of the contract, for the SDK and the OpenAPI document. All other enumerations are
// written where they are used.

import { problemCodes } from './problems/problem-table.ts';
import { currencies } from './schemas/currencies.ts';
import { deliveredTypes, deliveryStates } from './schemas/delivery.ts';
import { eventTypes } from './schemas/events/event.ts';
import { orderEventTypes } from './schemas/events/order-event.ts';
import { validationStates } from './schemas/validation.ts';
import { scopeNames } from './scopes.ts';
import { actions, latestValidationStates, orderStatuses } from './workflow.ts';

/** An enumeration. `meaning`: a phrase without a full stop. */
type NamedEnum = { values: readonly string[]; meaning: string };

/** Name → enumeration. */
export const namedEnums: Readonly<Record<string, NamedEnum>> = {
  OrderStatus: { values: orderStatuses, meaning: 'The status of an order' },
  Action: { values: actions, meaning: 'An action on an existing order' },
  LatestValidationState: {
    values: latestValidationStates,
    meaning: 'The state of the latest validation of an order. `open` is `queued` or `running`',
  },
  ValidationState: { values: validationStates, meaning: 'The state of a validation' },
  EventType: { values: eventTypes, meaning: 'The type of an event' },
  OrderEventType: { values: orderEventTypes, meaning: 'The type of an event of an order' },
  DeliveredType: { values: deliveredTypes, meaning: 'The type of a message of a webhook' },
  DeliveryState: { values: deliveryStates, meaning: 'The state of a delivery of a webhook' },
  ProblemCode: { values: problemCodes, meaning: 'The code of a problem: stable, and the last segment of its `type`' },
  Scope: { values: scopeNames, meaning: 'The name of a scope of tokens' },
  Currency: { values: currencies, meaning: 'A currency code of ISO 4217' },
};

/** Returns the name of the enumeration with these values, or undefined if it has none. */
export function findEnumName(values: readonly unknown[]): string | undefined {
  const text = values.join();
  return Object.keys(namedEnums).find((name) => namedEnums[name]?.values.join() === text);
}
