// The rule worker pools of the service.

import type { Logger } from 'pino';
import type { Rule } from '../../contract/routes/policy.ts';
import { RuleWorkerPool, validationLimits } from './rule-worker-pool.ts';

type PoolsOptions = {
  /** Closes the pools. */
  opened: AsyncDisposableStack;
  rules: readonly Rule[];
  log: Logger;
  validationTimeoutMs: number;
  validationThreads: number;
};

const previewLimits = { maxBatchSize: 1, maxWaiting: 4 };

/** Creates the pool for validations, and one for policy checks, which cannot delay validations. */
export function createRuleWorkerPools({ opened, rules, log, ...config }: PoolsOptions) {
  const options = { rules, log, timeoutMs: config.validationTimeoutMs };
  const threads = config.validationThreads;
  return {
    ruleWorkers: opened.use(new RuleWorkerPool({ ...options, ...validationLimits, threads, keepsThreads: true })),
    previewPool: opened.use(new RuleWorkerPool({ ...options, ...previewLimits, threads: 1, keepsThreads: false })),
  };
}
