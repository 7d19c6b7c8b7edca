// Executes commands with group commit. Commands that arrive while a commit is in progress form a group, which is loaded
// together, decided in order, written in one transaction and acknowledged after the commit.

import { AsyncLocalStorage } from 'node:async_hooks';
import { setImmediate, setTimeout } from 'node:timers/promises';
import type { EntityManager } from '@mikro-orm/sql';
import { classifyFailure, describeForCallers } from '../database/errors.ts';
import type { Store } from '../database/store.ts';
import type { Command, Decision, Execute } from '../domain/commands.ts';
import { createProblem, createUnavailableProblem } from '../domain/problem.ts';
import type { AttemptCapacity, CurrentState, JobChange, ReadSet } from '../domain/state.ts';
import type { CommittedChanges } from './commit-notifier.ts';
import { takeGroup } from './group.ts';
import {
  type CommandOutcome,
  decideIdempotent,
  type IdempotentRequest,
  type IdempotentResponse,
} from './idempotency.ts';
import { loadUnitOfWork } from './load-unit-of-work.ts';
import type { UnitOfWork } from './unit-of-work.ts';
import { appendToLog, writeChanges } from './write-changes.ts';

export type CommandBusOptions = {
  store: Store;
  /** Returns what must be loaded before the command can be decided. */
  readSetFor(command: Command): ReadSet;
  /**
   * Decides a command. Pure.
   * @throws RequestProblem the command is refused
   */
  decide(state: CurrentState, command: Command): Decision;
  /** Passes the job changes of a group to the job queue, within the transaction. */
  writeJobs(em: EntityManager, jobs: JobChange[]): Promise<void>;
  /** Returns the places for attempts that begin with the commit of a group. */
  getAttemptCapacity(): AttemptCapacity;
  /** Called after each commit with what it changed. Must not throw. */
  onCommit(changes: CommittedChanges): void;
  /** Returns a new UUIDv7. */
  generateEventId(): string;
  /** Milliseconds since the epoch. */
  now(): number;
};

const maxQueuedCommands = 10_000;
const busyTimeoutMs = 2_000;
const busyRetryMs = 20;
const maxConflicts = 3;

type QueuedCommand = {
  command: Command;
  request: IdempotentRequest | undefined;
  resolve(result: unknown): void;
  reject(error: unknown): void;
};

type GroupResult = { outcomes: CommandOutcome[]; unitOfWork: UnitOfWork };

export class CommandBus implements AsyncDisposable {
  readonly #options: CommandBusOptions;
  readonly #queue: QueuedCommand[] = [];
  /** Keeps the queue from running in the async context of the request that started it. */
  readonly #inOwnContext = AsyncLocalStorage.snapshot();
  #processing: Promise<void> | undefined;
  #isClosed = false;

  constructor(options: CommandBusOptions) {
    this.#options = options;
  }

  /** See {@link Execute}. */
  readonly execute: Execute = (command) => this.#enqueue<never>(command, undefined);

  /**
   * Executes a command once per idempotency key. The response is stored in the transaction of the command; a repeated
   * request gets the stored response, and its command is not decided again.
   * @throws RequestProblem `idempotency-key-reused` if the key belongs to another request, or a problem that is not
   *   stored (see `execute`)
   */
  readonly executeIdempotent = (command: Command, request: IdempotentRequest): Promise<IdempotentResponse> =>
    this.#enqueue<IdempotentResponse>(command, request);

  #enqueue<Result>(command: Command, request: IdempotentRequest | undefined): Promise<Result> {
    if (this.#isClosed) return Promise.reject(createUnavailableProblem('The service is stopping.'));
    if (this.#queue.length >= maxQueuedCommands)
      return Promise.reject(createUnavailableProblem('Too many writes are waiting.'));
    const { promise, resolve, reject } = Promise.withResolvers<Result>();
    this.#queue.push({ command, request, resolve: (result) => resolve(result as Result), reject });
    this.#processing ??= this.#inOwnContext(() => this.#processQueue());
    return promise;
  }

  /** Rejects new commands and waits for the queued ones. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    await this.#processing;
  }

  async #processQueue(): Promise<void> {
    while (this.#queue.length > 0) {
      await this.#commitGroup(takeGroup(this.#queue));
      await setImmediate();
    }
    this.#processing = undefined;
  }

  /**
   * Commits a group. If it cannot be written, its halves are committed separately, to isolate the failing command.
   * @param conflicts how many times this group has lost a race against another node
   */
  async #commitGroup(group: QueuedCommand[], conflicts = 0): Promise<void> {
    let written: GroupResult;
    try {
      written = await this.#retryWhileBusy(() => this.#writeGroup(group));
    } catch (error) {
      await this.#recover(group, error, conflicts);
      return;
    }
    for (const [index, outcome] of written.outcomes.entries()) settle(group[index], outcome);
    this.#options.onCommit(written.unitOfWork);
  }

  /**
   * If the database takes no writes, all queued commands are rejected: each further group would wait for the same
   * timeout.
   */
  async #recover(group: QueuedCommand[], error: unknown, conflicts: number): Promise<void> {
    const middle = Math.ceil(group.length / 2);
    const kind = classifyFailure(error);
    if (kind === 'busy' || kind === 'storage') {
      const reason = describeForCallers(error);
      const detail = `The database cannot take writes right now${reason === undefined ? '' : `: ${reason}`}.`;
      const problem = createUnavailableProblem(detail, { cause: error });
      for (const queued of [...group, ...this.#queue.splice(0)]) queued.reject(problem);
    } else if (group.length === 1 && kind === 'conflict' && conflicts + 1 < maxConflicts) {
      await this.#commitGroup(group, conflicts + 1);
    } else if (group.length === 1) {
      settle(group[0], { error: kind === 'conflict' ? createConflictProblem(error) : error });
    } else {
      await this.#commitGroup(group.slice(0, middle));
      await this.#commitGroup(group.slice(middle));
    }
  }

  /** Loads, decides and writes a group in one transaction. */
  #writeGroup(group: QueuedCommand[]): Promise<GroupResult> {
    const { store, readSetFor, writeJobs, getAttemptCapacity, generateEventId, now } = this.#options;
    return store.transaction(async (em) => {
      const readSets = group.map(({ command }) => readSetFor(command));
      const keys = group.flatMap(({ request }) => request ?? []);
      const time = new Date(now()).toISOString();
      const unitOfWork = await loadUnitOfWork(em, store, readSets, keys, time, getAttemptCapacity());
      const outcomes = group.map(({ command, request }, index) => {
        unitOfWork.selectCommand(index);
        const decide = () => this.#decide(unitOfWork, command);
        return request ? decideIdempotent(unitOfWork, request, decide) : decide();
      });
      await writeChanges(em, store.dialect, unitOfWork);
      await writeJobs(em, unitOfWork.jobs);
      await appendToLog(em, store.dialect, unitOfWork, generateEventId);
      store.recentRows?.stage(unitOfWork.orders, unitOfWork.runs);
      return { outcomes, unitOfWork };
    });
  }

  #decide(unitOfWork: UnitOfWork, command: Command): CommandOutcome {
    try {
      const { result, ...changes } = this.#options.decide(unitOfWork, command);
      unitOfWork.apply(changes);
      return { result };
    } catch (error) {
      return { error };
    }
  }

  /** Retries while the database is busy or unreachable, without blocking the event loop. */
  async #retryWhileBusy<Result>(attempt: () => Promise<Result>): Promise<Result> {
    const end = performance.now() + busyTimeoutMs;
    for (;;) {
      try {
        return await attempt();
      } catch (error) {
        if (classifyFailure(error) !== 'busy' || performance.now() > end) throw error;
        await setTimeout(busyRetryMs);
      }
    }
  }
}

function createConflictProblem(cause: unknown) {
  return createProblem('conflict', 'The request conflicted with concurrent writes. Send it again.', {}, { cause });
}

function settle(queued: QueuedCommand | undefined, outcome: CommandOutcome): void {
  if ('error' in outcome) queued?.reject(outcome.error);
  else queued?.resolve(outcome.result);
}
