// What runs in a worker thread: the rules, compiled once, against one order at a time. It touches nothing else.

import { workerData } from 'node:worker_threads';
import type { Finding } from '../../contract/finding.ts';
import type { Rule } from '../../contract/policy.ts';
import { ruleInputOf, type ValidatableOrder } from './rule-input.ts';
import { compileRules } from './rules.ts';

export type WorkerData = { rules: readonly Rule[] };

export type JudgeTask = {
  order: ValidatableOrder;
  /** Shared memory for the moment at which the order is taken up: the monotonic clock, in nanoseconds. */
  takenUpAt: BigInt64Array;
};

const { rules } = workerData as WorkerData;
const compiledRules = compileRules(rules);

/** `broken`: a rule threw or was not boolean; no other attempt would help. */
export type Judgement = { kind: 'judged'; findings: Finding[] } | { kind: 'broken'; error: string };

/** Judges an order by every rule, after writing down when it began. */
export function judge({ order, takenUpAt }: JudgeTask): Judgement {
  Atomics.store(takenUpAt, 0, process.hrtime.bigint());
  const context = { order: ruleInputOf(order) };
  const findings: Finding[] = [];
  for (const { rule, evaluate } of compiledRules) {
    try {
      const result = evaluate(context);
      if (typeof result !== 'boolean') return { kind: 'broken', error: `rule ${rule.id} yielded no boolean` };
      if (!result) findings.push({ rule: rule.id, message: rule.message });
    } catch (error) {
      return { kind: 'broken', error: `rule ${rule.id} failed: ${summaryOf(error)}` };
    }
  }
  return { kind: 'judged', findings };
}

/** CEL errors carry a drawing of the expression behind their first line. */
function summaryOf(error: unknown): string {
  return String(error instanceof Error ? error.message : error).split('\n')[0] ?? '';
}
