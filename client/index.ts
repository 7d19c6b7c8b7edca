// The entry of the SDK. The verification of webhooks has its own entry, `webhooks.ts`.

export type { Actor } from '../contract/actor.ts';
export { currencies } from '../contract/currencies.ts';
export type { Delivery } from '../contract/delivery.ts';
export type { Event, EventType } from '../contract/event.ts';
export type { Finding } from '../contract/finding.ts';
export { computeTotal, type NewOrderInput, type Order, type OrderEdit } from '../contract/order.ts';
export type { Rule } from '../contract/policy.ts';
export type { Problem, ProblemCode } from '../contract/problem.ts';
export type { FieldError } from '../contract/problem-table.ts';
export { parseScopes, type Scope } from '../contract/scopes.ts';
export type { Stats } from '../contract/stats.ts';
export type { Validation, ValidationState } from '../contract/validation.ts';
export type { NewWebhookInput, Webhook, WebhookEdit, WebhookWithSecret } from '../contract/webhook.ts';
export {
  type Action,
  actions,
  allowedActions,
  canPerform,
  findRefusal,
  type OrderStatus,
  orderStatuses,
} from '../contract/workflow.ts';
export { type Client, type ClientOptions, createClient, type TokenSource } from './client.ts';
export { ConnectionError, ProblemError, UnexpectedResponseError } from './errors.ts';
export type { RequestOptions } from './operation.ts';
export { requiredScopes } from './scopes.ts';
export type { StreamOptions } from './stream.ts';
