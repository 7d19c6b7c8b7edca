// Every command that can change something, as data.

import type { PolicyCheck } from '../../contract/policy.ts';
import type { Command, Commit, Door } from '../commands/command-bus.ts';
import type { OrderCommands } from './order-commands.ts';
import type { RunCommands } from './run-commands.ts';
import type { SendingCommands, WebhookCommands } from './webhook-commands.ts';

type AnswerCommands = {
  /** Changes nothing: for the door to keep what an order that was only tried has led to. */
  'policy.check': { input: { result: PolicyCheck }; answer: PolicyCheck };
};

/** Each forgets some of what nobody may ask for any more, and answers how many. */
type ForgettingCommands = {
  'answers.forget': { input: object; answer: number };
  'deliveries.forget': { input: object; answer: number };
};

export type Commands = OrderCommands &
  RunCommands &
  WebhookCommands &
  SendingCommands &
  AnswerCommands &
  ForgettingCommands;
export type AnyCommand = Command<Commands>;
export type CommitCommand = Commit<Commands>;
export type CommitCommandOnce = Door<Commands>['commitOnce'];
