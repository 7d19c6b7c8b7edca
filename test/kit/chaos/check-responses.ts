// Checks the recorded responses against the log: every response was correct, and no write was executed twice.

import { expect } from 'vitest';
import type { Event, Problem } from '../../../client/index.ts';
import type { OrderHistory } from './order-history.ts';
import type { RecordedWrite } from './write-log.ts';

/** Checks every response, and the number of times each write was executed. */
export function expectResponsesMatchHistories(
  writes: readonly RecordedWrite[],
  histories: ReadonlyMap<number, OrderHistory>,
): void {
  for (const write of writes) expectCorrectResponse(write, histories);
  const executions = Map.groupBy(
    [...histories.values()].flatMap(({ events }) => events.flatMap(readTag)),
    (tag) => tag,
  );
  for (const [tag, sameWrites] of Map.groupBy(writes, (write) => write.tag)) {
    if (['validate', 'retry'].includes(sameWrites[0]?.action ?? '')) continue;
    expectExecutionCount(sameWrites, executions.get(tag)?.length ?? 0);
  }
}

/** Returns the tag that an event contains, if any. */
function readTag({ type, data }: Event): string[] {
  const tag = (() => {
    if (type === 'order.created') return data.order.note;
    if (type === 'order.updated') return data.changes.note?.to;
    if (type === 'order.approved') return data.note;
    return type === 'order.rejected' ? data.reason : undefined;
  })();
  return typeof tag === 'string' ? [tag] : [];
}

/**
 * Checks how often a write was executed: exactly once if it succeeded, never if it was rejected, and otherwise at most
 * as often as it was sent.
 */
function expectExecutionCount(sameWrites: readonly RecordedWrite[], count: number): void {
  const hasSucceeded = sameWrites.some(({ outcome }) => outcome.kind === 'order');
  const rejections = sameWrites.filter(({ outcome }) => outcome.kind === 'problem').length;
  const sends = sameWrites.reduce((sum, write) => sum + write.sends, 0);
  const least = Number(hasSucceeded);
  // A frozen node may execute a request after its timeout, when another node has already rejected a repetition.
  const mostWithKey = sameWrites.some(({ timeouts }) => timeouts > 0) ? 1 : least;
  const most = sameWrites[0]?.isKeyed ? mostWithKey : sends - rejections;
  if (count < least || count > most) throw new Error(`executed ${count} times: ${JSON.stringify(sameWrites)}`);
}

function expectCorrectResponse(write: RecordedWrite, histories: ReadonlyMap<number, OrderHistory>): void {
  const { outcome, orderId, expectedVersion } = write;
  const description = JSON.stringify(write);
  if (outcome.kind === 'unknown') return;
  if (outcome.kind === 'order') {
    const { order } = outcome;
    expect(histories.get(order.id)?.versions[order.version - 1], description).toEqual(order);
    expect(orderId ?? order.id).toBe(order.id);
    if (expectedVersion !== undefined && write.sends === 1) {
      expect(order.version, description).toBeLessThanOrEqual(expectedVersion + 1);
    }
    return;
  }
  const history = histories.get(orderId ?? 0);
  if (!history) throw new Error(`no such order: ${description}`);
  if (outcome.kind === 'validation') {
    const starts = history.events.filter(
      ({ type, data }) => type === 'order.validation_started' && data.validationId === outcome.validation.id,
    );
    // A validation in progress is returned with the version on which it was started.
    const isStart = ({ sequence }: Event) => sequence === outcome.validation.orderVersion + 1;
    expect(starts.some(isStart), description).toBe(true);
    return;
  }
  expectCorrectProblem(outcome.problem, write, history);
}

/** Checks that a problem describes a state that the order had at some time. */
function expectCorrectProblem(problem: Problem, write: RecordedWrite, { versions }: OrderHistory): void {
  const description = JSON.stringify(write);
  const codes = ['invalid-transition', 'validation-in-progress', 'version-mismatch', 'conflict'];
  expect(codes, description).toContain(problem.code);
  if (problem.code === 'invalid-transition') {
    expect(problem.action, description).toBe(write.action);
    expect(
      versions.map(({ status }) => status),
      description,
    ).toContain(problem.currentStatus);
  }
  if (problem.code === 'version-mismatch') {
    expect(problem.currentVersion, description).not.toBe(write.expectedVersion);
    expect(problem.currentVersion, description).toBeLessThanOrEqual(versions.length);
  }
  if (problem.code === 'validation-in-progress') {
    expect(
      versions.some(({ validation }) => validation?.id === problem.validationId),
      description,
    ).toBe(true);
  }
}
