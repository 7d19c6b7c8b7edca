// Every command that can change something, as data.

import type { PolicyCheck } from '../../contract/routes/policy.ts';
import type { OrderCommands } from './order-commands.ts';
import type { RunCommands } from './run-commands.ts';
import type { Changes } from './state.ts';
import type { DeliveryCommands, WebhookCommands } from './webhook-commands.ts';

type PolicyCommands = {
  /** Changes nothing. It exists so that the response of a policy check can be stored under an idempotency key. */
  'policy.check': { input: { check: PolicyCheck }; result: PolicyCheck };
};

/** Each deletes one batch of expired rows and returns how many it deleted. */
type RetentionCommands = {
  'idempotency-keys.purge': { input: object; result: number };
  'deliveries.purge': { input: object; result: number };
};

/** Command type → its input and its result. */
type CommandMap = OrderCommands & RunCommands & WebhookCommands & DeliveryCommands & PolicyCommands & RetentionCommands;

export type CommandType = keyof CommandMap;
export type InputOf<Type extends CommandType> = CommandMap[Type]['input'];
export type ResultOf<Type extends CommandType> = CommandMap[Type]['result'];

/** A command as data: its type, and the members of its input. Without an argument: a command of any type. */
export type Command<Type extends CommandType = CommandType> = {
  [Name in Type]: { type: Name } & InputOf<Name>;
}[Type];

/** The changes that a command makes, and its result. */
export type Decision<Type extends CommandType = CommandType> = Changes & { result: ResultOf<Type> };

/**
 * Executes a command. Resolves with its result after the commit is on disk.
 * @throws RequestProblem the command is refused; `conflict` if other nodes won the race three times; `unavailable` if
 *   the database is unreachable or busy, its disk is full or failing, the outcome of the commit is unknown, or too many
 *   commands are queued
 */
export type Execute = <C extends Command>(command: C) => Promise<ResultOf<C['type']>>;
