// The check of the rules at the start: they are evaluated for sample orders by the worker threads that evaluate them
// later. A rule that fails for a legal order would leave the validation of such orders dead.

import type { Logger } from 'pino';
import type { Rule } from '../../contract/routes/policy.ts';
import type { RunResult } from '../domain/run.ts';
import { StartupError } from '../shared/startup-error.ts';
import { noThreadReason } from './batch-deadline.ts';
import type { Policy } from './policy/policy.ts';
import type { ValidatableOrder } from './policy/rule-input.ts';
import { describeOrder, largeSampleOrders, sampleOrders } from './policy/sample-orders.ts';
import { RuleWorkerPool, validationLimits } from './rule-worker-pool.ts';

type Evaluator = Pick<RuleWorkerPool, 'evaluate'>;

/** The policy, and how its rules are evaluated. */
export type StartupCheckOptions = {
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

/** A rule that fails for an order. Without a rule and order: no sample order could be evaluated. */
type Failure = { rule?: string; order?: ValidatableOrder; error: string };

/**
 * Evaluates the rules for sample orders. A sample that is interrupted while others are evaluated is not an error,
 * because the machine may be slow.
 * @throws StartupError one reason for each rule that fails for a legal order, or that exceeds its time or memory limit
 *   for every sample order
 */
export async function assertRulesWork({ policy, ruleWorkers, ...options }: StartupCheckOptions): Promise<void> {
  const failures = await findFailures(policy.rules, ruleWorkers, options);
  const ids: (string | undefined)[] = policy.rules.map(({ id }) => id);
  const sorted = failures.toSorted((first, second) => ids.indexOf(first.rule) - ids.indexOf(second.rule));
  if (sorted.length > 0) throw new StartupError(sorted.map((failure) => describeFailure(failure, policy)));
}

type Limits = Pick<StartupCheckOptions, 'validationTimeoutMs' | 'log'>;

/** Returns one failure for each rule at fault; one without a rule if only the rules together exceed a limit. */
async function findFailures(rules: readonly Rule[], pool: Evaluator, limits: Limits): Promise<Failure[]> {
  const failures = await evaluateSamples(pool, limits);
  if (failures.length === 0) return [];
  const failing = new Set(failures.map(({ rule }) => rule));
  if (!failing.has(undefined)) {
    // The evaluation of an order ends at the first rule that fails, so that later rules were not evaluated for it.
    return [
      ...failures,
      ...(await findFailuresSeparately(
        rules.filter(({ id }) => !failing.has(id)),
        limits,
      )),
    ];
  }
  if (rules.length === 1) return failures.map((failure) => ({ ...failure, ...(rules[0] && { rule: rules[0].id }) }));
  const failuresAlone: Failure[] = [];
  for (const rule of rules) failuresAlone.push(...(await findFailuresSeparately([rule], limits)));
  return failuresAlone.length > 0 ? failuresAlone : failures;
}

/** Evaluates some of the rules on a thread of their own. */
async function findFailuresSeparately(rules: readonly Rule[], limits: Limits): Promise<Failure[]> {
  if (rules.length === 0) return [];
  const { log, validationTimeoutMs: timeoutMs } = limits;
  const options = { rules, log, timeoutMs, threads: 1, keepsThreads: true, ...validationLimits };
  await using pool = new RuleWorkerPool(options);
  return await findFailures(rules, pool, limits);
}

async function evaluateSamples(pool: Evaluator, { validationTimeoutMs, log }: Limits): Promise<Failure[]> {
  const budgetMs = Math.min(maxBudgetMs, Math.max(minBudgetMs, 3 * validationTimeoutMs));
  // The start of the threads must not use up the budget.
  await evaluateAll(pool, sampleOrders.slice(0, 1), maxBudgetMs);
  const results = await evaluateAll(pool, sampleOrders, budgetMs);
  const failures = listFailures(sampleOrders, results);
  if (failures.length > 0) return failures;
  if (!results.some(isEvaluated)) {
    const interruption = results.find((result) => result?.state === 'interrupted' && result.error !== noThreadReason);
    if (interruption?.state === 'interrupted') return [{ error: interruption.error }];
  }
  const largeResults = await evaluateAll(pool, largeSampleOrders, largeBudgetMs);
  const skipped = [...results, ...largeResults].filter((result) => !isEvaluated(result)).length;
  if (skipped > 0) log.warn({ skipped }, 'rules were not checked with every sample order: time limit reached');
  return listFailures(largeSampleOrders, largeResults);
}

type Results = readonly (RunResult | undefined)[];

/** Evaluates orders until the time is over; the result of the others is undefined. */
function evaluateAll(pool: Evaluator, orders: readonly ValidatableOrder[], budgetMs: number): Promise<Results> {
  const signal = AbortSignal.timeout(budgetMs);
  return Promise.all(orders.map((order) => pool.evaluate(order, signal)));
}

/** Returns the first failure of each rule. */
function listFailures(orders: readonly ValidatableOrder[], results: Results): Failure[] {
  const failures = new Map<string, Failure>();
  for (const [index, order] of orders.entries()) {
    const result = results[index];
    if (result?.state !== 'dead' || failures.has(result.rule)) continue;
    failures.set(result.rule, { rule: result.rule, order, error: result.error });
  }
  return [...failures.values()];
}

function isEvaluated(result: RunResult | undefined): boolean {
  return result !== undefined && result.state !== 'interrupted';
}

function describeFailure({ rule, order, error }: Failure, { positions }: Policy): string {
  const position = rule === undefined ? undefined : positions.get(rule);
  const place = position === undefined ? '' : ` (${position} of the policy file)`;
  if (order) return `${error}${place}, for the order ${describeOrder(order)}`;
  const subject = rule === undefined ? 'the rules together' : `rule ${rule}${place}`;
  return `${subject} cannot be evaluated for any sample order: ${error}`;
}
