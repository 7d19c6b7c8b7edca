// Every command that can change something, as data.

import type { NewOrder, OrderEdit } from '../../contract/order.ts';
import type { PolicyCheck } from '../../contract/policy.ts';
import type { ExpectedVersions } from '../../contract/preconditions.ts';
import type { Validation } from '../../contract/validation.ts';
import type { Initiator } from '../events/change.ts';
import type { Command, Commit, Door } from '../store/door.ts';
import type { OrderState } from '../store/state.ts';
import type { RunCommands } from '../validation/commands.ts';

/** What every command on an order that is there is told. */
type OrderInput = {
  initiator: Initiator;
  orderId: number;
  /** The versions on which it may be done; absent: on any. */
  expected?: ExpectedVersions | undefined;
};

type OrderCommands = {
  'order.create': { input: { initiator: Initiator; order: NewOrder }; answer: OrderState };
  'order.edit': { input: OrderInput & { edit: OrderEdit }; answer: OrderState };
  'order.validate': { input: OrderInput & RunTerms; answer: Validation };
  'order.retry': {
    input: Omit<OrderInput, 'orderId'> & { validationId: number } & RunTerms;
    answer: Validation;
  };
  'order.approve': { input: OrderInput & { note: string | null; dutiesAreSeparate: boolean }; answer: OrderState };
  'order.reject': { input: OrderInput & { reason: string | null }; answer: OrderState };
};

/** What a new run is started with. */
export type RunTerms = { policyVersion: string; maxAttempts: number };

type AnswerCommands = {
  /** Changes nothing: for the door to keep what an order that was only tried has led to. */
  'policy.check': { input: { result: PolicyCheck }; answer: PolicyCheck };
  /** Forgets some kept answers that nobody may ask for any more; answers how many. */
  'answers.forget': { input: object; answer: number };
};

export type Commands = OrderCommands & RunCommands & AnswerCommands;
export type AnyCommand = Command<Commands>;
export type CommitCommand = Commit<Commands>;
export type CommitCommandOnce = Door<Commands>['commitOnce'];
