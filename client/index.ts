// The entry of the SDK. The verification of webhooks has its own entry, `webhooks.ts`.

export type { Problem, ProblemCode } from '../contract/problems/problem.ts';
export type { FieldError } from '../contract/problems/problem-table.ts';
export type { Identity } from '../contract/routes/identity.ts';
export type { Rule } from '../contract/routes/policy.ts';
export type { Stats } from '../contract/routes/stats.ts';
export type { Actor } from '../contract/schemas/actor.ts';
export { countFractionDigits, currencies } from '../contract/schemas/currencies.ts';
export type { Delivery } from '../contract/schemas/delivery.ts';
export type { Event, EventType } from '../contract/schemas/events/event.ts';
export type { OrderEvent } from '../contract/schemas/events/order-event.ts';
export type { WebhookEvent } from '../contract/schemas/events/webhook-event.ts';
export type { Finding } from '../contract/schemas/finding.ts';
export { computeTotal, type NewOrderInput, type Order, type OrderEdit } from '../contract/schemas/order.ts';
export type { Validation, ValidationState } from '../contract/schemas/validation.ts';
export type { NewWebhookInput, Webhook, WebhookEdit, WebhookWithSecret } from '../contract/schemas/webhook.ts';
export type { Scope } from '../contract/scopes.ts';
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
