// What people and programs do to orders, as data.

import type { NewOrder, OrderEdit } from '../../contract/order.ts';
import type { ExpectedVersions } from '../../contract/preconditions.ts';
import type { Validation } from '../../contract/validation.ts';
import type { Initiator } from './order-change.ts';
import type { OrderState } from './state.ts';

/** What every command on an order that is there is told. */
type OrderInput = {
  initiator: Initiator;
  orderId: number;
  /** The versions on which it may be done; absent: on any. */
  expected?: ExpectedVersions | undefined;
};

export type OrderCommands = {
  'order.create': { input: { initiator: Initiator; order: NewOrder }; result: OrderState };
  'order.edit': { input: OrderInput & { edit: OrderEdit }; result: OrderState };
  'order.validate': { input: OrderInput & RunSettings; result: Validation };
  'order.retry': {
    input: Omit<OrderInput, 'orderId'> & { validationId: number } & RunSettings;
    result: Validation;
  };
  'order.approve': { input: OrderInput & { note: string | null; hasSeparationOfDuties: boolean }; result: OrderState };
  'order.reject': { input: OrderInput & { reason: string | null }; result: OrderState };
};

/** What a new run is started with. */
export type RunSettings = { policyVersion: string; maxAttempts: number };
