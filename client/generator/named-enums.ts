// The names of the enumerations of the contract. All other enumerations are written where they are used.

import { problemCodes } from '../../contract/problems/problem-table.ts';
import { currencies } from '../../contract/schemas/currencies.ts';
import { deliveredTypes, deliveryStates } from '../../contract/schemas/delivery.ts';
import { eventTypes } from '../../contract/schemas/events/event.ts';
import { orderEventTypes } from '../../contract/schemas/events/order-event.ts';
import { validationStates } from '../../contract/schemas/validation.ts';
import { scopeNames } from '../../contract/scopes.ts';
import { actions, latestValidationStates, orderStatuses } from '../../contract/workflow.ts';
import { formatDocComment } from './doc-comment.ts';

type NamedEnum = { values: readonly string[]; meaning: string };

const namedEnums: Record<string, NamedEnum> = {
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

/** Returns the declarations: for each enumeration the values known to this version, and the type that is open. */
export function declareEnums(): string[] {
  return Object.entries(namedEnums).flatMap(([name, { values, meaning }]) => {
    const known = formatDocComment([`${meaning}, as far as this version of the SDK knows.`], '');
    const open = formatDocComment([`${meaning}. A newer service can return others.`], '');
    return [
      `${known}export type Known${name} =\n${wrapLiterals(values)};`,
      `${open}export type ${name} = Known${name} | (string & {});`,
    ];
  });
}

function wrapLiterals(values: readonly string[]): string {
  const lines = [''];
  for (const literal of values.map((value) => `| '${value}'`)) {
    const last = lines.at(-1) ?? '';
    if (last.length + literal.length > 110) lines.push(literal);
    else lines[lines.length - 1] = `${last} ${literal}`.trim();
  }
  return lines.map((line) => `  ${line}`).join('\n');
}
