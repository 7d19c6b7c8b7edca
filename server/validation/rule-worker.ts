// The code of a worker thread: evaluates the compiled rules against a batch of orders. It has no access to the
// database.

import { workerData } from 'node:worker_threads';
import type { Rule } from '../../contract/routes/policy.ts';
import type { Finding } from '../../contract/schemas/finding.ts';
import type { RunResult } from '../domain/run.ts';
import { RuleOrder, type ValidatableOrder } from './policy/rule-input.ts';
import { compileRules } from './policy/rules.ts';

/** The rules that a thread compiles when it starts. */
export type WorkerData = { rules: readonly Rule[] };

/** A batch of orders. `times` is the shared memory of the batch's `BatchDeadline`. */
export type EvaluationTask = { orders: readonly ValidatableOrder[]; times: BigInt64Array };

const { rules } = workerData as WorkerData;
const compiledRules = compileRules(rules);

/** After this time the results so far are returned, so that they do not wait for a slow order later in the batch. */
const maxBatchNs = 40_000_000n;

/**
 * Evaluates orders one after the other. Returns the results of the first orders of the batch, at least of one; the
 * result of a cancelled order is undefined. Sets the times of the batch as `BatchDeadline.times` documents.
 */
export function evaluate({ orders, times }: EvaluationTask): (RunResult | undefined)[] {
  const endAt = process.hrtime.bigint() + maxBatchNs;
  const results: (RunResult | undefined)[] = [];
  for (const [index, order] of orders.entries()) {
    const startedAt = process.hrtime.bigint();
    if (index > 0 && startedAt > endAt) break;
    const isCancelled = Atomics.compareExchange(times, index, 0n, startedAt) !== 0n;
    results.push(isCancelled ? undefined : evaluateOrder(order));
  }
  Atomics.store(times, times.length - 1, process.hrtime.bigint());
  return results;
}

function evaluateOrder(order: ValidatableOrder): RunResult {
  const context = { order: new RuleOrder(order) };
  const findings: Finding[] = [];
  for (const { rule, evaluate } of compiledRules) {
    try {
      const value = evaluate(context);
      if (typeof value !== 'boolean') {
        return { state: 'dead', rule: rule.id, error: `rule ${rule.id} yielded no boolean` };
      }
      if (!value) findings.push({ rule: rule.id, message: rule.message });
    } catch (error) {
      return { state: 'dead', rule: rule.id, error: `rule ${rule.id} failed: ${summarizeError(error)}` };
    }
  }
  return findings.length === 0 ? { state: 'passed' } : { state: 'failed', findings };
}

/** The first line of an error: CEL errors quote the expression below it. The result can be stored on any database. */
function summarizeError(error: unknown): string {
  const [line = ''] = String(error instanceof Error ? error.message : error).split('\n');
  return line.toWellFormed().replaceAll('\0', '\ufffd');
}
