// The check of the rules at the start: they are evaluated for sample orders by the worker threads that evaluate them
// later. A rule that fails for a legal order would leave the validation of such orders dead.

import type { Logger } from 'pino';
import type { RunResult } from '../domain/run.ts';
import { StartupError } from '../shared/startup-error.ts';
import { noThreadReason } from './batch-deadline.ts';
import type { Policy } from './policy/policy.ts';
import type { ValidatableOrder } from './policy/rule-input.ts';
import { describeOrder, largeSampleOrders, sampleOrders } from './policy/sample-orders.ts';
import { RuleWorkerPool } from './rule-worker-pool.ts';

type Evaluator = Pick<RuleWorkerPool, 'evaluate'>;

/** The policy, and how its rules are evaluated. */
export type PolicyCheckOptions = {
  policy: Policy;
  /** The pool that evaluates all rules of the policy. */
  ruleWorkers: Evaluator;
  /** Time limit of each order in milliseconds. */
  validationTimeoutMs: number;
  log: Logger;
};

/** Time limits for all samples of up to five items, beyond which the check ends without the others. */
const minBudgetMs = 3_000;
const maxBudgetMs = 30_000;
/** Time limit for the samples of 100 items. An expensive rule is not an error, and must not delay the start. */
const largeBudgetMs = 250;

/** The first sample for which the rules failed, or why no sample was evaluated; undefined if they can be evaluated. */
type Failure = { error: string; order?: ValidatableOrder } | undefined;

/**
 * Evaluates the rules for sample orders. A sample that is interrupted while others are evaluated is not an error,
 * because the machine may be slow.
 * @throws StartupError one reason for each rule that fails for a legal order, or that exceeds its time or memory limit
 *   for every sample order
 */
export async function checkPolicy({ policy, ruleWorkers, ...options }: PolicyCheckOptions): Promise<void> {
  const { log, validationTimeoutMs: timeoutMs } = options;
  const budgetMs = Math.min(maxBudgetMs, Math.max(minBudgetMs, 3 * timeoutMs));
  const failure = await evaluateSamples(ruleWorkers, budgetMs, log);
  if (!failure) return;
  const errors: string[] = [];
  // Alone, so that each rule at fault is found. Only a start that fails takes this time.
  for (const rule of policy.rules) {
    const limits = {
      threads: 1,
      keepsThreads: true,
      maxBatchSize: 64,
      maxWaiting: Number.POSITIVE_INFINITY,
      timeoutMs,
    };
    await using pool = new RuleWorkerPool({ rules: [rule], log, ...limits });
    const ruleFailure = await evaluateSamples(pool, Math.min(maxBudgetMs, timeoutMs) + minBudgetMs);
    if (ruleFailure) errors.push(describeFailure(ruleFailure, `rule ${rule.id}`, policy.positions.get(rule.id)));
  }
  throw new StartupError(errors.length > 0 ? errors : [describeFailure(failure, 'the rules together')]);
}

async function evaluateSamples(pool: Evaluator, budgetMs: number, log?: Logger): Promise<Failure> {
  const results = await evaluateAll(pool, sampleOrders, budgetMs);
  const failure = findFailure(sampleOrders, results);
  if (failure) return failure;
  const largeResults = await evaluateAll(pool, largeSampleOrders, largeBudgetMs);
  const skipped = [...results, ...largeResults].filter((result) => !isEvaluated(result)).length;
  if (skipped > 0) log?.warn({ skipped }, 'the rules are too slow to be checked with every sample order');
  return findDeadResult(largeSampleOrders, largeResults);
}

/** Evaluates orders until the time is over; the result of the others is undefined. */
function evaluateAll(pool: Evaluator, orders: readonly ValidatableOrder[], budgetMs: number) {
  const signal = AbortSignal.timeout(budgetMs);
  return Promise.all(orders.map((order) => pool.evaluate(order, signal)));
}

type Results = readonly (RunResult | undefined)[];

function findFailure(orders: readonly ValidatableOrder[], results: Results): Failure {
  if (results.some(isEvaluated)) return findDeadResult(orders, results);
  const interrupted = results.find((result) => result?.state === 'interrupted' && result.error !== noThreadReason);
  return interrupted?.state === 'interrupted' ? { error: interrupted.error } : undefined;
}

function findDeadResult(orders: readonly ValidatableOrder[], results: Results): Failure {
  const index = results.findIndex((result) => result?.state === 'dead');
  const [result, order] = [results[index], orders[index]];
  return result?.state === 'dead' && order ? { error: result.error, order } : undefined;
}

function isEvaluated(result: RunResult | undefined): boolean {
  return result !== undefined && result.state !== 'interrupted';
}

function describeFailure({ error, order }: NonNullable<Failure>, subject: string, position?: string): string {
  const place = position === undefined ? '' : ` (${position} of the policy file)`;
  if (!order) return `${subject}${place} cannot be evaluated for any sample order: ${error}`;
  return `${error}${place}, for the order ${describeOrder(order)}`;
}
