// The commands on orders that callers issue.

import type { NewOrder, OrderEdit } from '../../contract/schemas/order.ts';
import type { ExpectedVersions } from '../../contract/schemas/preconditions.ts';
import type { Initiator } from './event.ts';
import type { OrderState } from './order.ts';
import type { RunState } from './run.ts';

/** The members that every command on an existing order has. */
type OrderInput = {
  initiator: Initiator;
  orderId: number;
  /** The versions that the caller accepts. Default: any version. */
  expected?: ExpectedVersions | undefined;
};

export type OrderCommands = {
  'order.create': {
    /** `validation`: starts the validation of the new order with these settings. */
    input: { initiator: Initiator; order: NewOrder; validation?: RunSettings | undefined };
    result: OrderState;
  };
  'order.edit': { input: OrderInput & { edit: OrderEdit }; result: OrderState };
  'order.validate': { input: OrderInput & RunSettings; result: RunState };
  'order.retry': {
    input: Omit<OrderInput, 'orderId'> & { validationId: number } & RunSettings;
    result: RunState;
  };
  'order.approve': { input: OrderInput & { note: string | null; hasSeparationOfDuties: boolean }; result: OrderState };
  'order.reject': { input: OrderInput & { reason: string | null }; result: OrderState };
};

/** The settings that a run is started with. */
export type RunSettings = { policyVersion: string; maxAttempts: number };
