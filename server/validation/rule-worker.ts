// What runs in a worker thread: the rules, compiled once, against orders one after the other. It touches nothing else.

import { workerData } from 'node:worker_threads';
import type { Finding } from '../../contract/finding.ts';
import type { Rule } from '../../contract/policy.ts';
import { toRuleInput, type ValidatableOrder } from './rule-input.ts';
import { compileRules } from './rules.ts';

export type WorkerData = { rules: readonly Rule[] };

export type EvaluationTask = {
  orders: readonly ValidatableOrder[];
  /** Shared memory for when each order is taken up, and for when all are done: the monotonic clock, in nanoseconds. */
  times: BigInt64Array;
};

const { rules } = workerData as WorkerData;
const compiledRules = compileRules(rules);

/** `broken`: a rule threw or was not boolean; no other attempt would help. */
export type Evaluation = { kind: 'judged'; findings: Finding[] } | { kind: 'broken'; error: string };

/** After so long the verdicts are answered that there are, so that none waits long for a slow one behind it. */
const sliceNs = 40_000_000n;

/**
 * Judges orders by every rule, one after the other; answers for the first of them where they take long, and nothing for
 * one that nobody waits for any more.
 */
export function evaluate({ orders, times }: EvaluationTask): (Evaluation | undefined)[] {
  const end = process.hrtime.bigint() + sliceNs;
  const judgements: (Evaluation | undefined)[] = [];
  for (const [index, order] of orders.entries()) {
    const takenUpAt = process.hrtime.bigint();
    if (index > 0 && takenUpAt > end) break;
    const isReleased = Atomics.compareExchange(times, index, 0n, takenUpAt) !== 0n;
    judgements.push(isReleased ? undefined : evaluateOrder(order));
  }
  Atomics.store(times, times.length - 1, process.hrtime.bigint());
  return judgements;
}

function evaluateOrder(order: ValidatableOrder): Evaluation {
  const context = { order: toRuleInput(order) };
  const findings: Finding[] = [];
  for (const { rule, evaluate } of compiledRules) {
    try {
      const result = evaluate(context);
      if (typeof result !== 'boolean') return { kind: 'broken', error: `rule ${rule.id} yielded no boolean` };
      if (!result) findings.push({ rule: rule.id, message: rule.message });
    } catch (error) {
      return { kind: 'broken', error: `rule ${rule.id} failed: ${summarizeError(error)}` };
    }
  }
  return { kind: 'judged', findings };
}

/** CEL errors carry a drawing of the expression behind their first line; what they quote must be text that is kept. */
function summarizeError(error: unknown): string {
  const [line = ''] = String(error instanceof Error ? error.message : error).split('\n');
  return line.toWellFormed().replaceAll('\0', '\ufffd');
}
