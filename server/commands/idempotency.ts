// Requests that are to be done once, however often they are sent: the answer of the first is that of all.

import type { Answer, AnswerKey } from '../database/writes/idempotency-keys.ts';
import { problem } from '../domain/problem.ts';
import type { Workspace } from './unit-of-work.ts';

/** How a command ended: with its answer, or with why it was refused. */
export type Outcome = { answer: unknown } | { reason: unknown };

/** What a request says of itself that is to be done only once. */
export type Once = AnswerKey & {
  /** Tells requests apart that come with the same key. */
  fingerprint: string;
  /** The answer to an outcome, as it goes out. Pure. Undefined where it must not be kept. */
  answerTo(outcome: Outcome): Answer | undefined;
};

/** An answer as it goes out, for the first time or once more. */
export type AnswerOnce = Answer & { isReplay: boolean };

/** The outcome of a command that has not been decided before for the same request; else its answer once more. */
export function outcomeOnce(workspace: Workspace, once: Once, decide: () => Outcome): Outcome {
  const kept = workspace.keptAnswer(once);
  if (kept?.fingerprint === once.fingerprint) return { answer: { ...kept.answer, isReplay: true } };
  if (kept) {
    return { reason: problem('idempotency-key-reused', 'The Idempotency-Key belongs to another request.', {}) };
  }
  const outcome = decide();
  const answer = once.answerTo(outcome);
  if (!answer) return outcome;
  const { principal, key, fingerprint } = once;
  workspace.keepAnswer({ principal, key, fingerprint, answer });
  return { answer: { ...answer, isReplay: false } };
}
