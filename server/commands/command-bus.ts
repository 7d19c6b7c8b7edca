// The one door of all writes. Commands that arrive while a commit is under way form a group: loaded together, decided
// in order, written in one transaction, and answered, refusals included, only after its commit.

import { AsyncLocalStorage } from 'node:async_hooks';
import { setImmediate, setTimeout } from 'node:timers/promises';
import type { EntityManager } from '@mikro-orm/sql';
import { failureKindOf } from '../database/errors.ts';
import type { Store } from '../database/store.ts';
import { type ProblemError, problem, unavailable } from '../domain/problem.ts';
import type { Changes, JobChange, Needs, State } from '../domain/state.ts';
import type { Added } from './commit-notifier.ts';
import { type AnswerOnce, type Once, type Outcome, outcomeOnce } from './idempotency.ts';
import { loadWorkspace, type Workspace } from './unit-of-work.ts';
import { writeLog, writeRows } from './write-changes.ts';

/** Command type → what it is told and what it answers. */
type CommandMap = Record<string, { input: object; answer: unknown }>;

/** A command of any type, as data. */
export type Command<Commands extends CommandMap> = {
  [Type in keyof Commands]: { type: Type } & Commands[Type]['input'];
}[keyof Commands];

/** What a command leads to: its changes and its answer. */
export type Decision<Answer> = Changes & { answer: Answer };

/**
 * Sends a command through the door. Resolves with its answer after the commit is on the disk.
 * @throws ProblemError the refusal of the command; `conflict` where other nodes were faster three times over;
 * `unavailable` where the database is away or busy, its disk full or failing, nobody knows whether it was committed, or
 * too many wait
 */
export type Commit<Commands extends CommandMap> = <Type extends keyof Commands>(
  command: { type: Type } & Commands[Type]['input'],
) => Promise<Commands[Type]['answer']>;

export type DoorOptions<Commands extends CommandMap> = {
  store: Store;
  /** Says what has to be loaded for a command. */
  needsOf(command: Command<Commands>): Needs;
  /**
   * Decides a command. Pure: it sees the state and the command, and nothing else.
   * @throws ProblemError the refusal of the command
   */
  decide(state: State, command: Command<Commands>): Decision<unknown>;
  /** Hands the job changes of a group to the job engine, within the transaction. */
  writeJobs(em: EntityManager, jobs: JobChange[]): Promise<void>;
  /** Told after a commit what it added: a hint, which nobody may rely on. It must not throw. */
  onCommit(added: Added): void;
  /** Makes a UUIDv7. */
  newEventId(): string;
  now(): number;
};

const maxGroupSize = 64;
const maxWaiting = 10_000;
const busyPatienceMs = 2_000;
const busyPauseMs = 20;
const maxLostRaces = 3;

type Entry<Commands extends CommandMap> = {
  command: Command<Commands>;
  once: Once | undefined;
  resolve(answer: unknown): void;
  reject(reason: unknown): void;
};
type Attempt = { outcomes: Outcome[]; workspace: Workspace };

export class Door<Commands extends CommandMap> implements AsyncDisposable {
  readonly #options: DoorOptions<Commands>;
  readonly #waiting: Entry<Commands>[] = [];
  /** The pump must not run in the context of the request that happened to wake it. */
  readonly #inOwnContext = AsyncLocalStorage.snapshot();
  #pumping: Promise<void> | undefined;
  #isClosed = false;

  constructor(options: DoorOptions<Commands>) {
    this.#options = options;
  }

  readonly commit: Commit<Commands> = (command) => this.#enter<never>(command, undefined);

  /**
   * Sends a command through the door, unless its request has been answered already: then that answer is the answer. It
   * is kept in the transaction of what the command changes.
   * @throws ProblemError `idempotency-key-reused`: the key belongs to another request; or a refusal that is not kept
   */
  readonly commitOnce = (command: Command<Commands>, once: Once): Promise<AnswerOnce> => this.#enter(command, once);

  #enter<Answer>(command: Command<Commands>, once: Once | undefined): Promise<Answer> {
    if (this.#isClosed) return Promise.reject(unavailable('The service is stopping.'));
    if (this.#waiting.length >= maxWaiting) return Promise.reject(unavailable('Too many writes are waiting.'));
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    this.#waiting.push({ command, once, resolve: (answer) => resolve(answer as Answer), reject });
    this.#pumping ??= this.#inOwnContext(() => this.#pump());
    return promise;
  }

  /** Refuses new commands and waits for those that were taken. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    await this.#pumping;
  }

  async #pump(): Promise<void> {
    while (this.#waiting.length > 0) {
      await this.#commitGroup(this.#waiting.splice(0, maxGroupSize));
      await setImmediate();
    }
    this.#pumping = undefined;
  }

  /**
   * Commits a group. Where one of it cannot be written, the halves are tried, down to the one that is to blame.
   * @param lostRaces how often another node was faster than this group
   */
  async #commitGroup(group: Entry<Commands>[], lostRaces = 0): Promise<void> {
    let attempt: Attempt;
    try {
      attempt = await this.#patiently(() => this.#attempt(group));
    } catch (error) {
      await this.#recover(group, error, lostRaces);
      return;
    }
    for (const [index, outcome] of attempt.outcomes.entries()) settle(group[index], outcome);
    this.#options.onCommit(attempt.workspace);
  }

  /** A database that takes nothing refuses all that wait: each group for itself would wait just as long in vain. */
  async #recover(group: Entry<Commands>[], error: unknown, lostRaces: number): Promise<void> {
    const middle = Math.ceil(group.length / 2);
    const kind = failureKindOf(error);
    if (kind === 'busy' || kind === 'storage') {
      const reason = unavailable('The database cannot take writes right now.', { cause: error });
      for (const entry of [...group, ...this.#waiting.splice(0)]) entry.reject(reason);
    } else if (group.length === 1 && kind === 'race' && lostRaces + 1 < maxLostRaces) {
      await this.#commitGroup(group, lostRaces + 1);
    } else if (group.length === 1) {
      settle(group[0], { reason: kind === 'race' ? tooLate(error) : error });
    } else {
      await this.#commitGroup(group.slice(0, middle));
      await this.#commitGroup(group.slice(middle));
    }
  }

  /** Loads, decides and writes a group in one transaction. */
  #attempt(group: Entry<Commands>[]): Promise<Attempt> {
    const { store, needsOf, writeJobs, newEventId, now } = this.#options;
    return store.transaction(async (em) => {
      const needs = group.map(({ command }) => needsOf(command));
      const keys = group.flatMap(({ once }) => once ?? []);
      const workspace = await loadWorkspace(em, store.dialect, needs, keys, new Date(now()).toISOString());
      const outcomes = group.map(({ command, once }, index) => {
        workspace.turnTo(index);
        const decide = () => this.#decide(workspace, command);
        return once ? outcomeOnce(workspace, once, decide) : decide();
      });
      await writeRows(em, workspace);
      await writeJobs(em, workspace.jobs);
      await writeLog(em, store.dialect, workspace, newEventId);
      return { outcomes, workspace };
    });
  }

  #decide(workspace: Workspace, command: Command<Commands>): Outcome {
    try {
      const decision = this.#options.decide(workspace, command);
      workspace.apply(decision);
      return { answer: decision.answer };
    } catch (reason) {
      return { reason };
    }
  }

  /** Tries again while the database is busy or away, without stopping the event loop. */
  async #patiently<Result>(attempt: () => Promise<Result>): Promise<Result> {
    const end = performance.now() + busyPatienceMs;
    for (;;) {
      try {
        return await attempt();
      } catch (error) {
        if (failureKindOf(error) !== 'busy' || performance.now() > end) throw error;
        await setTimeout(busyPauseMs);
      }
    }
  }
}

/** What is decided anew each time, and each time too late. */
function tooLate(cause: unknown): ProblemError {
  return problem('conflict', 'Others were faster, again and again: try once more.', {}, { cause });
}

function settle(entry: Pick<Entry<CommandMap>, 'resolve' | 'reject'> | undefined, outcome: Outcome): void {
  if ('reason' in outcome) entry?.reject(outcome.reason);
  else entry?.resolve(outcome.answer);
}
