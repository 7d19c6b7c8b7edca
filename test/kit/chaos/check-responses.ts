// Holds what writers were answered against what the log tells: no answer was a lie, and nothing was done twice.

import { expect } from 'vitest';
import type { Event } from '../../../client/index.ts';
import type { OrderHistory } from './order-history.ts';
import type { RecordedWrite } from './request-log.ts';

/** Fails at the first answer that is not true. */
export function expectResponsesMatchHistories(
  entries: readonly RecordedWrite[],
  lives: ReadonlyMap<number, OrderHistory>,
): void {
  for (const entry of entries) expectTrueAnswer(entry, lives);
  const doings = Map.groupBy(
    [...lives.values()].flatMap(({ events }) => events.flatMap(tagsIn)),
    (tag) => tag,
  );
  for (const [tag, sent] of Map.groupBy(entries, (entry) => entry.tag)) {
    if (['validate', 'retry'].includes(sent[0]?.action ?? '')) continue;
    expectAsOften(sent, doings.get(tag)?.length ?? 0);
  }
}

function tagsIn({ type, data }: Event): string[] {
  const tag = (() => {
    if (type === 'order.created') return data.order.note;
    if (type === 'order.updated') return data.changes.note?.to;
    if (type === 'order.approved') return data.note;
    return type === 'order.rejected' ? data.reason : undefined;
  })();
  return typeof tag === 'string' ? [tag] : [];
}

/** What was answered was done once, what was refused never, what was not answered at most as often as it was sent. */
function expectAsOften(sent: readonly RecordedWrite[], times: number): void {
  const isAnswered = sent.some(({ outcome }) => outcome.kind === 'order');
  const refusals = sent.filter(({ outcome }) => outcome.kind === 'refused').length;
  const sends = sent.reduce((sum, entry) => sum + entry.sends, 0);
  const least = Number(isAnswered);
  const isLeft = sent.some(({ timeouts }) => timeouts > 0);
  // What a node still has that stands still may be done when the same request was refused elsewhere.
  const once = isLeft ? 1 : least;
  const most = sent[0]?.isKeyed ? once : sends - refusals;
  if (times < least || times > most) throw new Error(`done ${times} times: ${JSON.stringify(sent)}`);
}

function expectTrueAnswer(entry: RecordedWrite, lives: ReadonlyMap<number, OrderHistory>): void {
  const { outcome, orderId, action, expected } = entry;
  const what = JSON.stringify(entry);
  if (outcome.kind === 'unknown') return;
  if (outcome.kind === 'order') {
    const { order } = outcome;
    const life = lives.get(order.id);
    expect(life?.versions[order.version - 1], what).toEqual(order);
    expect(orderId ?? order.id).toBe(order.id);
    if (expected !== undefined && entry.sends === 1) expect(order.version, what).toBeLessThanOrEqual(expected + 1);
    return;
  }
  const life = lives.get(orderId ?? 0);
  if (!life) throw new Error(`no such order: ${what}`);
  if (outcome.kind === 'validation') {
    const starts = life.events.filter(
      ({ type, data }) => type === 'order.validation_started' && data.validationId === outcome.validation.id,
    );
    const isStart = ({ sequence }: Event) => sequence === outcome.validation.orderVersion + 1;
    // A validation that is under way is answered with the version that it was started on.
    expect(starts.some(isStart), what).toBe(true);
    return;
  }
  const { problem } = outcome;
  const known = ['invalid-transition', 'validation-in-progress', 'version-mismatch', 'conflict'];
  expect(known, what).toContain(problem.code);
  if (problem.code === 'invalid-transition') {
    expect(problem.action, what).toBe(action);
    expect(
      life.versions.map(({ status }) => status),
      what,
    ).toContain(problem.currentStatus);
  }
  if (problem.code === 'version-mismatch') {
    expect(problem.currentVersion, what).not.toBe(expected);
    expect(problem.currentVersion, what).toBeLessThanOrEqual(life.versions.length);
  }
  if (problem.code === 'validation-in-progress') {
    expect(
      life.versions.some(({ validation }) => validation?.id === problem.validationId),
      what,
    ).toBe(true);
  }
}
