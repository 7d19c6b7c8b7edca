// The entry of the SDK. The verification of webhooks has its own entry, `webhooks.ts`.

export { countFractionDigits, currencies } from '../contract/schemas/currencies.ts';
export { computeTotal } from '../contract/total.ts';
export {
  actions,
  allowedActions,
  canPerform,
  findRefusal,
  latestValidationStates,
  orderStatuses,
  type Refusal,
  type WorkflowState,
} from '../contract/workflow.ts';
export type { ApiResponse, Call, List } from './call.ts';
export { type Client, createClient } from './client.ts';
export type { ClientEnvironment } from './environment.ts';
export {
  ConnectionError,
  type FailureContext,
  isProblem,
  OrderWorkflowError,
  ProblemError,
  type ProblemOf,
  UnexpectedResponseError,
  WaitTimeoutError,
} from './errors.ts';
export type * from './generated/operations.ts';
export { requiredScopes } from './generated/scopes.ts';
export type * from './generated/types.ts';
export { version } from './generated/version.ts';
export type {
  ClientOptions,
  CommandOptions,
  ConditionalOptions,
  Hooks,
  IdempotentOptions,
  RequestInfo,
  RequestOptions,
  ResponseInfo,
  RetryInfo,
  RevalidationOptions,
  StreamOptions,
  TokenSource,
  WaitOptions,
} from './options.ts';
export type { OrderWaiting, ValidationWaiting } from './waiting.ts';
