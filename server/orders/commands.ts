// Every command that can change something, as data.

import type { NewOrder, OrderEdit } from '../../contract/order.ts';
import type { Validation } from '../../contract/validation.ts';
import type { Initiator } from '../events/change.ts';
import type { Command, Commit } from '../store/door.ts';
import type { OrderState } from '../store/state.ts';
import type { RunCommands } from '../validation/commands.ts';

type OrderCommands = {
  'order.create': { input: { initiator: Initiator; order: NewOrder }; answer: OrderState };
  'order.edit': { input: { initiator: Initiator; orderId: number; edit: OrderEdit }; answer: OrderState };
  'order.validate': { input: { initiator: Initiator; orderId: number } & RunTerms; answer: Validation };
  'order.retry': { input: { initiator: Initiator; validationId: number } & RunTerms; answer: Validation };
  'order.approve': { input: { initiator: Initiator; orderId: number; note: string | null }; answer: OrderState };
  'order.reject': { input: { initiator: Initiator; orderId: number; reason: string | null }; answer: OrderState };
};

/** What a new run is started with. */
export type RunTerms = { policyVersion: string; maxAttempts: number };

export type Commands = OrderCommands & RunCommands;
export type AnyCommand = Command<Commands>;
export type CommitCommand = Commit<Commands>;
