// The types of requests and responses. Generated from the contract by `npm run generate`.

declare enum UnknownName {
  any = '(a name that this version of the SDK does not know)',
}

/** The status of an order, as far as this version of the SDK knows. */
export type KnownOrderStatus =
  | 'CREATED' | 'VALIDATED' | 'APPROVED' | 'REJECTED';

/** The status of an order. A newer service can return others. */
export type OrderStatus = KnownOrderStatus | (string & {});

/** An action on an existing order, as far as this version of the SDK knows. */
export type KnownAction =
  | 'edit' | 'validate' | 'retry' | 'approve' | 'reject';

/** An action on an existing order. A newer service can return others. */
export type Action = KnownAction | (string & {});

/**
 * The state of the latest validation of an order. `open` is `queued` or `running`, as far as this version of the SDK
 * knows.
 */
export type KnownLatestValidationState =
  | 'open' | 'passed' | 'failed' | 'dead' | 'cancelled';

/**
 * The state of the latest validation of an order. `open` is `queued` or `running`. A newer service can return others.
 */
export type LatestValidationState = KnownLatestValidationState | (string & {});

/** The state of a validation, as far as this version of the SDK knows. */
export type KnownValidationState =
  | 'queued' | 'running' | 'passed' | 'failed' | 'dead' | 'cancelled';

/** The state of a validation. A newer service can return others. */
export type ValidationState = KnownValidationState | (string & {});

/** The type of an event, as far as this version of the SDK knows. */
export type KnownEventType =
  | 'order.created' | 'order.updated' | 'order.validation_started' | 'order.validated' | 'order.rejected'
  | 'order.approved' | 'order.validation_dead' | 'webhook.created' | 'webhook.updated' | 'webhook.deleted'
  | 'webhook.secret_rotated' | 'webhook.paused' | 'webhook.resumed' | 'webhook.events_skipped';

/** The type of an event. A newer service can return others. */
export type EventType = KnownEventType | (string & {});

/** The type of an event of an order, as far as this version of the SDK knows. */
export type KnownOrderEventType =
  | 'order.created' | 'order.updated' | 'order.validation_started' | 'order.validated' | 'order.rejected'
  | 'order.approved' | 'order.validation_dead';

/** The type of an event of an order. A newer service can return others. */
export type OrderEventType = KnownOrderEventType | (string & {});

/** The type of a message of a webhook, as far as this version of the SDK knows. */
export type KnownDeliveredType =
  | 'order.created' | 'order.updated' | 'order.validation_started' | 'order.validated' | 'order.rejected'
  | 'order.approved' | 'order.validation_dead' | 'webhook.test';

/** The type of a message of a webhook. A newer service can return others. */
export type DeliveredType = KnownDeliveredType | (string & {});

/** The state of a delivery of a webhook, as far as this version of the SDK knows. */
export type KnownDeliveryState =
  | 'pending' | 'delivered' | 'failed' | 'skipped';

/** The state of a delivery of a webhook. A newer service can return others. */
export type DeliveryState = KnownDeliveryState | (string & {});

/** The code of a problem: stable, and the last segment of its `type`, as far as this version of the SDK knows. */
export type KnownProblemCode =
  | 'invalid-request' | 'invalid-transition' | 'unauthenticated' | 'forbidden' | 'separation-of-duties'
  | 'not-found' | 'method-not-allowed' | 'request-timeout' | 'validation-in-progress' | 'conflict'
  | 'version-mismatch' | 'payload-too-large' | 'uri-too-long' | 'unsupported-media-type'
  | 'idempotency-key-reused' | 'too-many-requests' | 'headers-too-large' | 'internal' | 'unavailable';

/** The code of a problem: stable, and the last segment of its `type`. A newer service can return others. */
export type ProblemCode = KnownProblemCode | (string & {});

/** The name of a scope of tokens, as far as this version of the SDK knows. */
export type KnownScope =
  | 'orders:read' | 'orders:write' | 'orders:approve' | 'webhooks:manage';

/** The name of a scope of tokens. A newer service can return others. */
export type Scope = KnownScope | (string & {});

/** A currency code of ISO 4217, as far as this version of the SDK knows. */
export type KnownCurrency =
  | 'AED' | 'AFN' | 'ALL' | 'AMD' | 'AOA' | 'ARS' | 'AUD' | 'AWG' | 'AZN' | 'BAM' | 'BBD' | 'BDT' | 'BHD' | 'BIF'
  | 'BMD' | 'BND' | 'BOB' | 'BRL' | 'BSD' | 'BTN' | 'BWP' | 'BYN' | 'BZD' | 'CAD' | 'CDF' | 'CHF' | 'CLP' | 'CNY'
  | 'COP' | 'CRC' | 'CUP' | 'CVE' | 'CZK' | 'DJF' | 'DKK' | 'DOP' | 'DZD' | 'EGP' | 'ERN' | 'ETB' | 'EUR' | 'FJD'
  | 'FKP' | 'GBP' | 'GEL' | 'GHS' | 'GIP' | 'GMD' | 'GNF' | 'GTQ' | 'GYD' | 'HKD' | 'HNL' | 'HTG' | 'HUF' | 'IDR'
  | 'ILS' | 'INR' | 'IQD' | 'IRR' | 'ISK' | 'JMD' | 'JOD' | 'JPY' | 'KES' | 'KGS' | 'KHR' | 'KMF' | 'KPW' | 'KRW'
  | 'KWD' | 'KYD' | 'KZT' | 'LAK' | 'LBP' | 'LKR' | 'LRD' | 'LSL' | 'LYD' | 'MAD' | 'MDL' | 'MGA' | 'MKD' | 'MMK'
  | 'MNT' | 'MOP' | 'MRU' | 'MUR' | 'MVR' | 'MWK' | 'MXN' | 'MYR' | 'MZN' | 'NAD' | 'NGN' | 'NIO' | 'NOK' | 'NPR'
  | 'NZD' | 'OMR' | 'PAB' | 'PEN' | 'PGK' | 'PHP' | 'PKR' | 'PLN' | 'PYG' | 'QAR' | 'RON' | 'RSD' | 'RUB' | 'RWF'
  | 'SAR' | 'SBD' | 'SCR' | 'SDG' | 'SEK' | 'SGD' | 'SHP' | 'SLE' | 'SOS' | 'SRD' | 'SSP' | 'STN' | 'SVC' | 'SYP'
  | 'SZL' | 'THB' | 'TJS' | 'TMT' | 'TND' | 'TOP' | 'TRY' | 'TTD' | 'TWD' | 'TZS' | 'UAH' | 'UGX' | 'USD' | 'UYU'
  | 'UZS' | 'VED' | 'VES' | 'VND' | 'VUV' | 'WST' | 'XAF' | 'XCD' | 'XCG' | 'XOF' | 'XPF' | 'YER' | 'ZAR' | 'ZMW'
  | 'ZWG';

/** A currency code of ISO 4217. A newer service can return others. */
export type Currency = KnownCurrency | (string & {});

/** Who made a change. */
export interface Actor {
  /** `user`: a caller, a person or a program. `system`: the service itself. */
  type: 'user' | 'system' | (string & {});
  /** The subject of the token of the caller; `anonymous` without authentication. */
  id: string;
}

/** The approval of an order. */
export interface Approval {
  /** A note for people; part of the event. At most 2,000 characters. */
  note?: string | null | undefined;
}

/**
 * The reference belongs to another order, the validation cannot be retried, or concurrent writers changed the same data
 * repeatedly.
 */
export interface ConflictProblem {
  /** The path of the explanation of the problem. It begins with the base path of the service, if there is one. */
  type: string;
  /** A short title for people. It is the same for every problem with this code. */
  title: string;
  status: 409;
  /** Explanation of this occurrence for people. */
  detail: string;
  /** The path of the request, or the empty string if it could not be parsed. */
  instance: string;
  code: 'conflict';
  /** Id of the request, also in the log. A replayed response has the id of the first request. */
  requestId: string;
  /** The order with the same reference. */
  orderId?: number;
}

/** The position of a page in its list, and the total if requested. */
export interface CountedPage {
  /** The maximum number of entries of the page. 1 to 100. */
  limit: number;
  /** The number of skipped entries, or null if the request used a cursor. 0 to 10,000. */
  offset: number | null;
  /**
   * The value of `cursor` for the next page, or null on the last page. Only null marks the last page: a page before it
   * can have fewer entries than `limit`.
   */
  nextCursor: string | null;
  /** The total number of entries, at most 10,000 if `totalIsCapped`. Present only with `withTotal=true`. */
  total?: number;
  /** Whether the list has more entries than `total`. */
  totalIsCapped?: boolean;
}

/** Number of orders by status. */
export interface CountsByStatus {
  /** Number of orders in status CREATED. */
  CREATED: number;
  /** Number of orders in status VALIDATED. */
  VALIDATED: number;
  /** Number of orders in status APPROVED. */
  APPROVED: number;
  /** Number of orders in status REJECTED. */
  REJECTED: number;
}

/** One message of a webhook with its attempts. */
export interface Delivery {
  /** Id of the delivery. */
  id: number;
  /** The webhook. */
  webhookId: number;
  /** `event`: sent in log order. `redelivery`: an event sent again on request. `test`: a test message. */
  kind: 'event' | 'redelivery' | 'test' | (string & {});
  /**
   * `pending`: waits for the first or next attempt. `delivered`: accepted by the receiver. `failed`: not accepted,
   * without further attempts. `skipped`: skipped on request, or no longer among the types of the webhook.
   */
  state: DeliveryState;
  /** Id of the event or test, sent as `webhook-id` with every attempt. */
  eventId: string;
  /** The type of the event, or `webhook.test`. */
  eventType: DeliveredType;
  /** Position of the event in the log, or null for a test. */
  position: number | null;
  /** The latest 100 attempts, oldest first. */
  attempts: DeliveryAttempt[];
  /** Time of the next attempt, or null if none is scheduled. */
  nextAttemptAt: string | null;
  /** RFC 3339 time in UTC with milliseconds. */
  createdAt: string;
  /** End of the last attempt, or null while the delivery is pending. */
  finishedAt: string | null;
}

/** One attempt to send a delivery. */
export interface DeliveryAttempt {
  /** RFC 3339 time in UTC with milliseconds. */
  at: string;
  /** Duration of the attempt in milliseconds. */
  durationMs: number;
  /** HTTP status of the response, or null without a response. 100 to 599. */
  statusCode: number | null;
  /** Why the attempt failed, or null if it succeeded. */
  error: string | null;
}

/** A page of deliveries. */
export interface DeliveryPage {
  data: Delivery[];
  /** The position of a page in its list. */
  page: Page;
}

/** The input of `client.documentation.problem`. */
export interface DocumentationProblemInput {
  /** The problem code. */
  code: string;
}

/** An entry of the event log. Narrow it by `type`. */
export type Event =
  | OrderCreatedEvent
  | OrderUpdatedEvent
  | OrderValidationStartedEvent
  | OrderValidatedEvent
  | OrderRejectedEvent
  | OrderApprovedEvent
  | OrderValidationDeadEvent
  | WebhookCreatedEvent
  | WebhookUpdatedEvent
  | WebhookDeletedEvent
  | WebhookSecretRotatedEvent
  | WebhookPausedEvent
  | WebhookResumedEvent
  | WebhookEventsSkippedEvent
  | UnknownEvent;

/** A page of the event log. */
export interface EventFeed {
  data: Event[];
  /** The position of a page in the event log. */
  page: FeedPosition;
}

/** A page of the events of an order. */
export interface EventPage {
  data: OrderEvent[];
  /** The position of a page in its list. */
  page: Page;
}

/** The input of `client.events.list`. */
export interface EventsListInput {
  /**
   * Return only events after this position.
   * @default 0
   */
  after?: number | undefined;
  /**
   * The maximum number of entries to return. A page ends earlier at about 1 MiB. 1 to 100.
   * @default 10
   */
  limit?: number | undefined;
  /**
   * Return only events of these types: one or more, repeated or separated by commas. By default, all events of orders.
   * Events of webhooks must be named, and require the scope `webhooks:manage`.
   */
  type?: KnownEventType | readonly KnownEventType[] | undefined;
  /** Return only events of this order. */
  orderId?: number | undefined;
}

/** The input of `client.events.stream`. */
export interface EventsStreamInput {
  /** Start after this position. Without it, the stream starts with new events. */
  after?: number | undefined;
  /**
   * The same as the header `Last-Event-ID`, for clients that cannot set headers. Takes precedence over `after`; the
   * header takes precedence over both.
   */
  lastEventId?: number | undefined;
  /**
   * Return only events of these types: one or more, repeated or separated by commas. By default, all events of orders.
   * Events of webhooks must be named, and require the scope `webhooks:manage`.
   */
  type?: KnownEventType | readonly KnownEventType[] | undefined;
  /** Return only events of this order. */
  orderId?: number | undefined;
}

/** The position of a page in the event log. */
export interface FeedPosition {
  /** The maximum number of events of the page. 1 to 100. */
  limit: number;
  /** The value of `after` for the next request, also if `data` is empty. */
  nextAfter: number;
}

/** The change of a field. */
export interface FieldChange {
  /** The previous value. */
  from: unknown;
  /** The new value. */
  to: unknown;
}

/** A violated constraint of a request. */
export interface FieldError {
  /**
   * JSON Pointer (RFC 6901) to the invalid value in the body. The empty string is the whole body. Pointers to
   * parameters and headers start with `/path/`, `/query/` or `/header/`.
   */
  pointer: string;
  /** The constraint that the value violates. */
  detail: string;
}

/** The violation of a rule by an order. */
export interface Finding {
  /** Id of the rule in the policy. */
  rule: string;
  /** The message of the rule, for people. */
  message: string;
}

/**
 * The token lacks a required scope, the request comes from a page of an origin that is not allowed or is addressed to a
 * host that is not allowed, or it uses plain HTTP where HTTPS is required.
 */
export interface ForbiddenProblem {
  /** The path of the explanation of the problem. It begins with the base path of the service, if there is one. */
  type: string;
  /** A short title for people. It is the same for every problem with this code. */
  title: string;
  status: 403;
  /** Explanation of this occurrence for people. */
  detail: string;
  /** The path of the request, or the empty string if it could not be parsed. */
  instance: string;
  code: 'forbidden';
  /** Id of the request, also in the log. A replayed response has the id of the first request. */
  requestId: string;
  /** The missing scope. */
  scope?: Scope;
  /** The origin that is not allowed. */
  origin?: string;
  /** The host that is not allowed. */
  host?: string;
}

/** The request has more than `maxHeaders` headers, or its headers exceed `maxHeaderBytes`. */
export interface HeadersTooLargeProblem {
  /** The path of the explanation of the problem. It begins with the base path of the service, if there is one. */
  type: string;
  /** A short title for people. It is the same for every problem with this code. */
  title: string;
  status: 431;
  /** Explanation of this occurrence for people. */
  detail: string;
  /** The path of the request, or the empty string if it could not be parsed. */
  instance: string;
  code: 'headers-too-large';
  /** Id of the request, also in the log. A replayed response has the id of the first request. */
  requestId: string;
  /** The maximum number of headers. */
  maxHeaders: number;
  /** The maximum size of all headers in bytes. */
  maxHeaderBytes: number;
}

/** A different request was sent with this Idempotency-Key within the last 24 hours. */
export interface IdempotencyKeyReusedProblem {
  /** The path of the explanation of the problem. It begins with the base path of the service, if there is one. */
  type: string;
  /** A short title for people. It is the same for every problem with this code. */
  title: string;
  status: 422;
  /** Explanation of this occurrence for people. */
  detail: string;
  /** The path of the request, or the empty string if it could not be parsed. */
  instance: string;
  code: 'idempotency-key-reused';
  /** Id of the request, also in the log. A replayed response has the id of the first request. */
  requestId: string;
}

/** The caller as the service sees it. */
export interface Identity {
  /** The subject of the token; `anonymous` if callers do not authenticate. */
  id: string;
  /** The scopes of the token that the service defines; all of them if callers do not authenticate. */
  scopes: Scope[];
  /** When the service stops accepting the token; null if callers do not authenticate. */
  expiresAt: string | null;
}

/** The service encountered an unexpected error. It is logged with the same request id. */
export interface InternalProblem {
  /** The path of the explanation of the problem. It begins with the base path of the service, if there is one. */
  type: string;
  /** A short title for people. It is the same for every problem with this code. */
  title: string;
  status: 500;
  /** Explanation of this occurrence for people. */
  detail: string;
  /** The path of the request, or the empty string if it could not be parsed. */
  instance: string;
  code: 'internal';
  /** Id of the request, also in the log. A replayed response has the id of the first request. */
  requestId: string;
}

/**
 * The request is not valid HTTP, its body is not valid JSON or has duplicate member names, or a field, parameter or
 * header is missing, unknown, of the wrong type or out of range.
 */
export interface InvalidRequestProblem {
  /** The path of the explanation of the problem. It begins with the base path of the service, if there is one. */
  type: string;
  /** A short title for people. It is the same for every problem with this code. */
  title: string;
  status: 400;
  /** Explanation of this occurrence for people. */
  detail: string;
  /** The path of the request, or the empty string if it could not be parsed. */
  instance: string;
  code: 'invalid-request';
  /** Id of the request, also in the log. A replayed response has the id of the first request. */
  requestId: string;
  /** All violated constraints. */
  errors: FieldError[];
}

/** The workflow does not allow the action in the current status of the order. */
export interface InvalidTransitionProblem {
  /** The path of the explanation of the problem. It begins with the base path of the service, if there is one. */
  type: string;
  /** A short title for people. It is the same for every problem with this code. */
  title: string;
  status: 400;
  /** Explanation of this occurrence for people. */
  detail: string;
  /** The path of the request, or the empty string if it could not be parsed. */
  instance: string;
  code: 'invalid-transition';
  /** Id of the request, also in the log. A replayed response has the id of the first request. */
  requestId: string;
  /** The refused action. */
  action: Action;
  /** The status of the order. */
  currentStatus: OrderStatus;
  /** The statuses in which the action is allowed. */
  allowedFrom: OrderStatus[];
}

/** One line of an order. */
export interface Item {
  /** The product, as the client names it. 1 to 64 characters. */
  productId: string;
  /** Number of units. 1 to 1,000,000. */
  quantity: number;
  /** Price in minor units of the currency: 1250 is EUR 12.50. 0 to 1,000,000,000,000. */
  unitPrice: number;
}

/** The latest validation of an order. */
export interface LatestValidation {
  /** Id of the validation. */
  id: number;
  /** The state of the validation. `open`: queued or running. */
  state: LatestValidationState;
}

/** The result of the liveness check. */
export interface Liveness {
  status: 'ok';
}

/** The path exists but does not support this method. */
export interface MethodNotAllowedProblem {
  /** The path of the explanation of the problem. It begins with the base path of the service, if there is one. */
  type: string;
  /** A short title for people. It is the same for every problem with this code. */
  title: string;
  status: 405;
  /** Explanation of this occurrence for people. */
  detail: string;
  /** The path of the request, or the empty string if it could not be parsed. */
  instance: string;
  code: 'method-not-allowed';
  /** Id of the request, also in the log. A replayed response has the id of the first request. */
  requestId: string;
  /** The methods of the path. */
  allow: string[];
}

/** One line of an order. */
export interface NewItem {
  /** The product, as the client names it. 1 to 64 characters. */
  productId: string;
  /** Number of units. 1 to 1,000,000. */
  quantity: number;
  /** Price in minor units of the currency: 1250 is EUR 12.50. 0 to 1,000,000,000,000. */
  unitPrice: number;
}

/** The content of a new order. */
export interface NewOrder {
  /**
   * The client’s own order number. Unique among all orders unless null. Compared exactly, without Unicode
   * normalization. 1 to 64 characters.
   * @default null
   */
  reference?: string | null | undefined;
  /** The customer, as the client names it. 1 to 64 characters. */
  customerId: string;
  /** ISO 4217 currency code. */
  currency: KnownCurrency;
  /** The lines of the order. 1 to 100 entries. */
  items: readonly NewItem[];
  /**
   * A remark for people. At most 2,000 characters.
   * @default null
   */
  note?: string | null | undefined;
  /** Up to 20 key-value pairs for use by the client. Keys have 1 to 40 characters, values up to 500. */
  metadata?: Record<string, string> | null | undefined;
}

/** The content of a new order, and whether to validate it. */
export interface NewOrderRequest {
  /**
   * The client’s own order number. Unique among all orders unless null. Compared exactly, without Unicode
   * normalization. 1 to 64 characters.
   * @default null
   */
  reference?: string | null | undefined;
  /** The customer, as the client names it. 1 to 64 characters. */
  customerId: string;
  /** ISO 4217 currency code. */
  currency: KnownCurrency;
  /** The lines of the order. 1 to 100 entries. */
  items: readonly NewItem[];
  /**
   * A remark for people. At most 2,000 characters.
   * @default null
   */
  note?: string | null | undefined;
  /** Up to 20 key-value pairs for use by the client. Keys have 1 to 40 characters, values up to 500. */
  metadata?: Record<string, string> | null | undefined;
  /**
   * Whether to start the validation of the order in the same transaction. By default, it is not.
   * @default false
   */
  validate?: boolean | null | undefined;
}

/** The settings of a new webhook. */
export interface NewWebhook {
  /** The URL of the receiver. By default, it must use HTTPS and have a public address. 1 to 2,000 characters. */
  url: string;
  /**
   * Event types to send, or null for all types of order events, including future ones.
   * @default null
   */
  types?: readonly KnownOrderEventType[] | null | undefined;
  /**
   * A remark for people. At most 500 characters.
   * @default null
   */
  description?: string | null | undefined;
}

/** The path is unknown, or no resource has this id. */
export interface NotFoundProblem {
  /** The path of the explanation of the problem. It begins with the base path of the service, if there is one. */
  type: string;
  /** A short title for people. It is the same for every problem with this code. */
  title: string;
  status: 404;
  /** Explanation of this occurrence for people. */
  detail: string;
  /** The path of the request, or the empty string if it could not be parsed. */
  instance: string;
  code: 'not-found';
  /** Id of the request, also in the log. A replayed response has the id of the first request. */
  requestId: string;
}

/** The OpenAPI document. */
export interface OpenApiDocument {
  /** The version of the OpenAPI specification. */
  openapi: string;
}

/** An order. It changes only together with `version`. */
export interface Order {
  /** Id of the order. */
  id: number;
  /** The client’s own order number, unique among all orders, or null. */
  reference: string | null;
  /** The customer, as the client names it. */
  customerId: string;
  /** ISO 4217 currency code. */
  currency: Currency;
  /** The lines of the order. */
  items: Item[];
  /** Sum of quantity × unit price, in minor units. */
  total: number;
  /** A remark for people, or null. */
  note: string | null;
  /** Key-value pairs for use by the client. */
  metadata: Record<string, string>;
  /** The status in the workflow. */
  status: OrderStatus;
  /** Increases by 1 with every change. Equals the `sequence` of the latest event. */
  version: number;
  /** Actions that the current state allows, regardless of the scopes of the caller. */
  allowedActions: Action[];
  /** Who rejected the order, and why; null unless the status is `REJECTED`. */
  rejection: Rejection | null;
  /** The latest validation of the order, or null if there was none. */
  validation: LatestValidation | null;
  /** The user who created the order. */
  createdBy: string;
  /** RFC 3339 time in UTC with milliseconds. */
  createdAt: string;
  /** RFC 3339 time in UTC with milliseconds. */
  updatedAt: string;
}

/** An order was approved. */
export interface OrderApprovedEvent {
  /** UUIDv7 (RFC 9562). */
  id: string;
  /** Position in the log. Increases in commit order across all events. May have gaps. */
  position: number;
  type: 'order.approved';
  /** RFC 3339 time in UTC with milliseconds. */
  timestamp: string;
  /** Who made a change. */
  actor: Actor;
  /** Id that the service assigned to the request that caused the event, or null. */
  requestId: string | null;
  /** The `X-Request-Id` that the client sent with this request, or null. It need not be unique. */
  clientRequestId: string | null;
  /** The order. */
  orderId: number;
  /** Number of the event within its order, from 1 without gaps. */
  sequence: number;
  /** The order version that the event created. Equals `sequence`. */
  orderVersion: number;
  data: {
    /** The note of the user, or null. */
    note: string | null;
  };
}

/** The content of an order when it was created. */
export interface OrderContent {
  /** The client’s own order number, unique among all orders, or null. */
  reference: string | null;
  /** The customer, as the client names it. */
  customerId: string;
  /** ISO 4217 currency code. */
  currency: Currency;
  /** The lines of the order. */
  items: Item[];
  /** A remark for people, or null. */
  note: string | null;
  /** Key-value pairs for use by the client. */
  metadata: Record<string, string>;
}

/** An order was created. */
export interface OrderCreatedEvent {
  /** UUIDv7 (RFC 9562). */
  id: string;
  /** Position in the log. Increases in commit order across all events. May have gaps. */
  position: number;
  type: 'order.created';
  /** RFC 3339 time in UTC with milliseconds. */
  timestamp: string;
  /** Who made a change. */
  actor: Actor;
  /** Id that the service assigned to the request that caused the event, or null. */
  requestId: string | null;
  /** The `X-Request-Id` that the client sent with this request, or null. It need not be unique. */
  clientRequestId: string | null;
  /** The order. */
  orderId: number;
  /** Number of the event within its order, from 1 without gaps. */
  sequence: number;
  /** The order version that the event created. Equals `sequence`. */
  orderVersion: number;
  data: {
    /** The content of an order when it was created. */
    order: OrderContent;
  };
}

/** The fields of an order to change. */
export interface OrderEdit {
  /**
   * The client’s own order number. Unique among all orders unless null. Compared exactly, without Unicode
   * normalization. 1 to 64 characters.
   */
  reference?: string | null | undefined;
  /** The customer, as the client names it. 1 to 64 characters. */
  customerId?: string | undefined;
  /** ISO 4217 currency code. */
  currency?: KnownCurrency | undefined;
  /** The lines of the order. 1 to 100 entries. */
  items?: readonly NewItem[] | undefined;
  /** A remark for people. At most 2,000 characters. */
  note?: string | null | undefined;
  /** Up to 20 key-value pairs for use by the client. Keys have 1 to 40 characters, values up to 500. */
  metadata?: Record<string, string> | null | undefined;
}

/** A change of an order. Narrow it by `type`. */
export type OrderEvent =
  | OrderCreatedEvent
  | OrderUpdatedEvent
  | OrderValidationStartedEvent
  | OrderValidatedEvent
  | OrderRejectedEvent
  | OrderApprovedEvent
  | OrderValidationDeadEvent
  | UnknownOrderEvent;

/** A page of orders. */
export interface OrderPage {
  data: Order[];
  /** The position of a page in its list, and the total if requested. */
  page: CountedPage;
}

/** An order was rejected, by the rules or by a user. */
export interface OrderRejectedEvent {
  /** UUIDv7 (RFC 9562). */
  id: string;
  /** Position in the log. Increases in commit order across all events. May have gaps. */
  position: number;
  type: 'order.rejected';
  /** RFC 3339 time in UTC with milliseconds. */
  timestamp: string;
  /** Who made a change. */
  actor: Actor;
  /** Id that the service assigned to the request that caused the event, or null. */
  requestId: string | null;
  /** The `X-Request-Id` that the client sent with this request, or null. It need not be unique. */
  clientRequestId: string | null;
  /** The order. */
  orderId: number;
  /** Number of the event within its order, from 1 without gaps. */
  sequence: number;
  /** The order version that the event created. Equals `sequence`. */
  orderVersion: number;
  data: {
    /** The reason that the user gave, or null. */
    reason: string | null;
    /** The validation that failed, or the validation that the rejection cancelled. */
    validationId: number | null;
    /** Violated rules. Empty if a user rejected the order. */
    findings: Finding[];
  };
}

/** The input of `client.orders.approve`. */
export interface OrdersApproveInput extends Approval {
  /** The id of the order. */
  orderId: number;
}

/** The input of `client.orders.edit`. */
export interface OrdersEditInput extends OrderEdit {
  /** The id of the order. */
  orderId: number;
}

/** The input of `client.orders.events`. */
export interface OrdersEventsInput {
  /** The id of the order. */
  orderId: number;
  /**
   * The maximum number of entries to return. A page ends earlier at about 1 MiB. 1 to 100.
   * @default 10
   */
  limit?: number | undefined;
  /**
   * The number of entries to skip. Writes between two requests shift the pages: use `cursor` to read a whole list.
   * Cannot be combined with `cursor`. 0 to 10,000.
   */
  offset?: number | undefined;
  /** `nextCursor` of the previous page. Valid only with the same filters. 1 to 200 characters. */
  cursor?: string | undefined;
}

/** The input of `client.orders.get`. */
export interface OrdersGetInput {
  /** The id of the order. */
  orderId: number;
}

/** The input of `client.orders.list`. */
export interface OrdersListInput {
  /**
   * The maximum number of entries to return. A page ends earlier at about 1 MiB. 1 to 100.
   * @default 10
   */
  limit?: number | undefined;
  /**
   * The number of entries to skip. Writes between two requests shift the pages: use `cursor` to read a whole list.
   * Cannot be combined with `cursor`. 0 to 10,000.
   */
  offset?: number | undefined;
  /** `nextCursor` of the previous page. Valid only with the same filters. 1 to 200 characters. */
  cursor?: string | undefined;
  /** Return only orders with these statuses: one or more, repeated or separated by commas. */
  status?: KnownOrderStatus | readonly KnownOrderStatus[] | undefined;
  /** Return only orders of this customer. 1 to 64 characters. */
  customerId?: string | undefined;
  /** Return only the order with this reference. 1 to 64 characters. */
  reference?: string | undefined;
  /** Return only orders created at or after this time (RFC 3339). */
  createdFrom?: string | Date | undefined;
  /** Return only orders created before this time (RFC 3339). */
  createdTo?: string | Date | undefined;
  /**
   * `-id`: newest first; `id`: oldest first.
   * @default "-id"
   */
  sort?: '-id' | 'id' | undefined;
  /**
   * Whether to return the total number of orders. Without filters or with `status` alone, the total is exact.
   * Otherwise, counting stops at 10,000.
   */
  withTotal?: boolean | undefined;
}

/** The input of `client.orders.reject`. */
export interface OrdersRejectInput extends RejectionRequest {
  /** The id of the order. */
  orderId: number;
}

/** The input of `client.orders.validate`. */
export interface OrdersValidateInput {
  /** The id of the order. */
  orderId: number;
}

/** The input of `client.orders.validations`. */
export interface OrdersValidationsInput {
  /** The id of the order. */
  orderId: number;
  /**
   * The maximum number of entries to return. A page ends earlier at about 1 MiB. 1 to 100.
   * @default 10
   */
  limit?: number | undefined;
  /**
   * The number of entries to skip. Writes between two requests shift the pages: use `cursor` to read a whole list.
   * Cannot be combined with `cursor`. 0 to 10,000.
   */
  offset?: number | undefined;
  /** `nextCursor` of the previous page. Valid only with the same filters. 1 to 200 characters. */
  cursor?: string | undefined;
}

/** An order was edited. */
export interface OrderUpdatedEvent {
  /** UUIDv7 (RFC 9562). */
  id: string;
  /** Position in the log. Increases in commit order across all events. May have gaps. */
  position: number;
  type: 'order.updated';
  /** RFC 3339 time in UTC with milliseconds. */
  timestamp: string;
  /** Who made a change. */
  actor: Actor;
  /** Id that the service assigned to the request that caused the event, or null. */
  requestId: string | null;
  /** The `X-Request-Id` that the client sent with this request, or null. It need not be unique. */
  clientRequestId: string | null;
  /** The order. */
  orderId: number;
  /** Number of the event within its order, from 1 without gaps. */
  sequence: number;
  /** The order version that the event created. Equals `sequence`. */
  orderVersion: number;
  data: {
    /** The changed fields by name. */
    changes: Record<string, FieldChange>;
  };
}

/** An order passed validation. */
export interface OrderValidatedEvent {
  /** UUIDv7 (RFC 9562). */
  id: string;
  /** Position in the log. Increases in commit order across all events. May have gaps. */
  position: number;
  type: 'order.validated';
  /** RFC 3339 time in UTC with milliseconds. */
  timestamp: string;
  /** Who made a change. */
  actor: Actor;
  /** Id that the service assigned to the request that caused the event, or null. */
  requestId: string | null;
  /** The `X-Request-Id` that the client sent with this request, or null. It need not be unique. */
  clientRequestId: string | null;
  /** The order. */
  orderId: number;
  /** Number of the event within its order, from 1 without gaps. */
  sequence: number;
  /** The order version that the event created. Equals `sequence`. */
  orderVersion: number;
  data: {
    /** The validation. */
    validationId: number;
    /** The version of the policy that the validation uses. */
    policyVersion: string;
  };
}

/** The validation of an order could not be completed. */
export interface OrderValidationDeadEvent {
  /** UUIDv7 (RFC 9562). */
  id: string;
  /** Position in the log. Increases in commit order across all events. May have gaps. */
  position: number;
  type: 'order.validation_dead';
  /** RFC 3339 time in UTC with milliseconds. */
  timestamp: string;
  /** Who made a change. */
  actor: Actor;
  /** Id that the service assigned to the request that caused the event, or null. */
  requestId: string | null;
  /** The `X-Request-Id` that the client sent with this request, or null. It need not be unique. */
  clientRequestId: string | null;
  /** The order. */
  orderId: number;
  /** Number of the event within its order, from 1 without gaps. */
  sequence: number;
  /** The order version that the event created. Equals `sequence`. */
  orderVersion: number;
  data: {
    /** The validation. */
    validationId: number;
    /** Why the rules could not be evaluated. */
    error: string;
  };
}

/** The validation of an order started. */
export interface OrderValidationStartedEvent {
  /** UUIDv7 (RFC 9562). */
  id: string;
  /** Position in the log. Increases in commit order across all events. May have gaps. */
  position: number;
  type: 'order.validation_started';
  /** RFC 3339 time in UTC with milliseconds. */
  timestamp: string;
  /** Who made a change. */
  actor: Actor;
  /** Id that the service assigned to the request that caused the event, or null. */
  requestId: string | null;
  /** The `X-Request-Id` that the client sent with this request, or null. It need not be unique. */
  clientRequestId: string | null;
  /** The order. */
  orderId: number;
  /** Number of the event within its order, from 1 without gaps. */
  sequence: number;
  /** The order version that the event created. Equals `sequence`. */
  orderVersion: number;
  data: {
    /** The validation. */
    validationId: number;
    /** The version of the policy that the validation uses. */
    policyVersion: string;
    /** Whether a dead validation was retried. */
    isRetry: boolean;
  };
}

/** The position of a page in its list. */
export interface Page {
  /** The maximum number of entries of the page. 1 to 100. */
  limit: number;
  /** The number of skipped entries, or null if the request used a cursor. 0 to 10,000. */
  offset: number | null;
  /**
   * The value of `cursor` for the next page, or null on the last page. Only null marks the last page: a page before it
   * can have fewer entries than `limit`.
   */
  nextCursor: string | null;
}

/** The body exceeds `maxBodyBytes`. */
export interface PayloadTooLargeProblem {
  /** The path of the explanation of the problem. It begins with the base path of the service, if there is one. */
  type: string;
  /** A short title for people. It is the same for every problem with this code. */
  title: string;
  status: 413;
  /** Explanation of this occurrence for people. */
  detail: string;
  /** The path of the request, or the empty string if it could not be parsed. */
  instance: string;
  code: 'payload-too-large';
  /** Id of the request, also in the log. A replayed response has the id of the first request. */
  requestId: string;
  /** The maximum size of a body in bytes. */
  maxBodyBytes: number;
}

/** The validation policy. */
export interface Policy {
  /** Hash of the rules. Equal rules have equal versions. */
  version: string;
  /** The rules, in the order of the policy file. */
  rules: Rule[];
}

/** The result of evaluating the rules. */
export interface PolicyCheck {
  /** Violated rules. */
  findings: Finding[];
  /** Why the rules could not be evaluated, or null. */
  error: string | null;
}

/** The body of an error response (RFC 9457). Narrow it by `code`. */
export type Problem =
  | InvalidRequestProblem
  | InvalidTransitionProblem
  | UnauthenticatedProblem
  | ForbiddenProblem
  | SeparationOfDutiesProblem
  | NotFoundProblem
  | MethodNotAllowedProblem
  | RequestTimeoutProblem
  | ValidationInProgressProblem
  | ConflictProblem
  | VersionMismatchProblem
  | PayloadTooLargeProblem
  | UriTooLongProblem
  | UnsupportedMediaTypeProblem
  | IdempotencyKeyReusedProblem
  | TooManyRequestsProblem
  | HeadersTooLargeProblem
  | InternalProblem
  | UnavailableProblem
  | UnknownProblem;

/** The explanation of a problem. */
export interface ProblemExplanation {
  /** The code of the problem. */
  code: ProblemCode;
  /** The HTTP status of the response. 400 to 599. */
  status: number;
  /** A short title for people. */
  title: string;
  /** When the problem occurs. */
  meaning: string;
  /** How to resolve the problem. */
  remedy: string;
}

/** All problems. */
export interface ProblemList {
  data: ProblemExplanation[];
}

/** The result of the readiness check. */
export interface Readiness {
  /** Whether the service accepts requests. */
  status: 'ready' | 'not-ready' | (string & {});
  /** The checked parts. */
  checks: {
    /** The state of the database. */
    database: 'ok' | 'failing' | (string & {});
    /** The state of the queue of validations. */
    queue: 'ok' | 'failing' | (string & {});
    /** The state of the worker threads that evaluate rules. */
    workers: 'ok' | 'failing' | (string & {});
  };
}

/** Who rejected an order, and why. */
export interface Rejection {
  /** Who made a change. */
  by: Actor;
  /** The reason that the user gave, or null. */
  reason: string | null;
  /** Violated rules, if the rules rejected the order. */
  findings?: Finding[];
}

/** The rejection of an order. */
export interface RejectionRequest {
  /** The reason for people; part of the order and of the event. At most 2,000 characters. */
  reason?: string | null | undefined;
}

/** The headers or the body of the request did not arrive within the time limit. */
export interface RequestTimeoutProblem {
  /** The path of the explanation of the problem. It begins with the base path of the service, if there is one. */
  type: string;
  /** A short title for people. It is the same for every problem with this code. */
  title: string;
  status: 408;
  /** Explanation of this occurrence for people. */
  detail: string;
  /** The path of the request, or the empty string if it could not be parsed. */
  instance: string;
  code: 'request-timeout';
  /** Id of the request, also in the log. A replayed response has the id of the first request. */
  requestId: string;
}

/** A rule of the validation policy. */
export interface Rule {
  /** Id of the rule. */
  id: string;
  /** What the rule requires, for people. */
  description: string;
  /** CEL expression that is true if the order satisfies the rule. */
  expression: string;
  /** The message of a finding of this rule. */
  message: string;
}

/** A user who created or edited an order may not approve it. */
export interface SeparationOfDutiesProblem {
  /** The path of the explanation of the problem. It begins with the base path of the service, if there is one. */
  type: string;
  /** A short title for people. It is the same for every problem with this code. */
  title: string;
  status: 403;
  /** Explanation of this occurrence for people. */
  detail: string;
  /** The path of the request, or the empty string if it could not be parsed. */
  instance: string;
  code: 'separation-of-duties';
  /** Id of the request, also in the log. A replayed response has the id of the first request. */
  requestId: string;
}

/** The events to skip. */
export interface SkipRequest {
  /** The position of the last event to skip. By default, only the failing event is skipped. */
  through?: number | null | undefined;
}

/** Statistics about orders and validations. */
export interface Stats {
  /** Number of orders by status. */
  orders: CountsByStatus;
  /** Number of validations that are queued or running. */
  openValidations: number;
  /** How long the oldest queued validation has waited, in milliseconds, or null if none is queued. */
  oldestWaitingMs: number | null;
}

/**
 * The caller exceeded the requests per minute that RATE_LIMIT allows, has too many open event streams or too many
 * unread bytes of responses, or too many invalid tokens came from one address within a minute.
 */
export interface TooManyRequestsProblem {
  /** The path of the explanation of the problem. It begins with the base path of the service, if there is one. */
  type: string;
  /** A short title for people. It is the same for every problem with this code. */
  title: string;
  status: 429;
  /** Explanation of this occurrence for people. */
  detail: string;
  /** The path of the request, or the empty string if it could not be parsed. */
  instance: string;
  code: 'too-many-requests';
  /** Id of the request, also in the log. A replayed response has the id of the first request. */
  requestId: string;
  /** Seconds to wait before the next attempt, as in the Retry-After header. */
  retryAfterSeconds: number;
}

/** The request has no token, or the token is invalid or expired. */
export interface UnauthenticatedProblem {
  /** The path of the explanation of the problem. It begins with the base path of the service, if there is one. */
  type: string;
  /** A short title for people. It is the same for every problem with this code. */
  title: string;
  status: 401;
  /** Explanation of this occurrence for people. */
  detail: string;
  /** The path of the request, or the empty string if it could not be parsed. */
  instance: string;
  code: 'unauthenticated';
  /** Id of the request, also in the log. A replayed response has the id of the first request. */
  requestId: string;
}

/**
 * The database is busy or unreachable, its disk is full, a queue is full, too many bytes of responses are unread, the
 * token keys cannot be fetched, or the service is stopping.
 */
export interface UnavailableProblem {
  /** The path of the explanation of the problem. It begins with the base path of the service, if there is one. */
  type: string;
  /** A short title for people. It is the same for every problem with this code. */
  title: string;
  status: 503;
  /** Explanation of this occurrence for people. */
  detail: string;
  /** The path of the request, or the empty string if it could not be parsed. */
  instance: string;
  code: 'unavailable';
  /** Id of the request, also in the log. A replayed response has the id of the first request. */
  requestId: string;
  /** Seconds to wait before the next attempt, as in the Retry-After header. */
  retryAfterSeconds: number;
}

/** A value of `Event` whose `type` this version of the SDK does not know. */
export interface UnknownEvent {
  id: string;
  position: number;
  type: UnknownName;
  timestamp: string;
  actor: Actor;
  requestId: string | null;
  clientRequestId: string | null;
  orderId: number | null;
  sequence: number | null;
  orderVersion: number | null;
  data: unknown;
}

/** A value of `OrderEvent` whose `type` this version of the SDK does not know. */
export interface UnknownOrderEvent {
  id: string;
  position: number;
  type: UnknownName;
  timestamp: string;
  actor: Actor;
  requestId: string | null;
  clientRequestId: string | null;
  orderId: number;
  sequence: number;
  orderVersion: number;
  data: unknown;
}

/** A value of `Problem` whose `code` this version of the SDK does not know. */
export interface UnknownProblem {
  type: string;
  title: string;
  status: number;
  detail: string;
  instance: string;
  code: UnknownName;
  requestId: string;
}

/** The body is not JSON in UTF-8, or its content encoding is not supported. */
export interface UnsupportedMediaTypeProblem {
  /** The path of the explanation of the problem. It begins with the base path of the service, if there is one. */
  type: string;
  /** A short title for people. It is the same for every problem with this code. */
  title: string;
  status: 415;
  /** Explanation of this occurrence for people. */
  detail: string;
  /** The path of the request, or the empty string if it could not be parsed. */
  instance: string;
  code: 'unsupported-media-type';
  /** Id of the request, also in the log. A replayed response has the id of the first request. */
  requestId: string;
}

/** The path and query together exceed `maxUriLength` characters. */
export interface UriTooLongProblem {
  /** The path of the explanation of the problem. It begins with the base path of the service, if there is one. */
  type: string;
  /** A short title for people. It is the same for every problem with this code. */
  title: string;
  status: 414;
  /** Explanation of this occurrence for people. */
  detail: string;
  /** The path of the request, or the empty string if it could not be parsed. */
  instance: string;
  code: 'uri-too-long';
  /** Id of the request, also in the log. A replayed response has the id of the first request. */
  requestId: string;
  /** The maximum length of path and query in characters. */
  maxUriLength: number;
}

/** One evaluation of the rules for one version of an order. */
export interface Validation {
  /** Id of the validation. */
  id: number;
  /** The validated order. */
  orderId: number;
  /** The version of the order when the validation was started. */
  orderVersion: number;
  /**
   * `queued` and `running` are open states, all others are final. A validation is `running` from the start if the
   * service has a free thread for it. `passed`: all rules are satisfied. `failed`: a rule is violated. `dead`: the
   * rules could not be evaluated. `cancelled`: the order was rejected meanwhile.
   */
  state: ValidationState;
  /** Number of attempts so far. 0 before the first attempt. */
  attempt: number;
  /** Maximum number of attempts. */
  maxAttempts: number;
  /** The version of the policy that the validation uses. */
  policyVersion: string;
  /** Violated rules. Empty unless the state is `failed`. */
  findings: Finding[];
  /** Why the latest attempt failed, or null. */
  error: string | null;
  /** RFC 3339 time in UTC with milliseconds. */
  createdAt: string;
  /** Start of the latest attempt, or null before the first. */
  startedAt: string | null;
  /** End of the validation, or null while it is open. */
  finishedAt: string | null;
}

/** The order is being validated and cannot be changed until the validation ends. */
export interface ValidationInProgressProblem {
  /** The path of the explanation of the problem. It begins with the base path of the service, if there is one. */
  type: string;
  /** A short title for people. It is the same for every problem with this code. */
  title: string;
  status: 409;
  /** Explanation of this occurrence for people. */
  detail: string;
  /** The path of the request, or the empty string if it could not be parsed. */
  instance: string;
  code: 'validation-in-progress';
  /** Id of the request, also in the log. A replayed response has the id of the first request. */
  requestId: string;
  /** The validation in progress. */
  validationId: number;
}

/** A page of validations. */
export interface ValidationPage {
  data: Validation[];
  /** The position of a page in its list. */
  page: Page;
}

/** The input of `client.validations.get`. */
export interface ValidationsGetInput {
  /** The id of the validation. */
  validationId: number;
}

/** The input of `client.validations.retry`. */
export interface ValidationsRetryInput {
  /** The id of the validation. */
  validationId: number;
}

/** The validation that was started, or that is in progress. */
export interface ValidationStarted {
  message: 'validation started';
  /** One evaluation of the rules for one version of an order. */
  validation: Validation;
}

/** The current version of the order is not listed in If-Match. */
export interface VersionMismatchProblem {
  /** The path of the explanation of the problem. It begins with the base path of the service, if there is one. */
  type: string;
  /** A short title for people. It is the same for every problem with this code. */
  title: string;
  status: 412;
  /** Explanation of this occurrence for people. */
  detail: string;
  /** The path of the request, or the empty string if it could not be parsed. */
  instance: string;
  code: 'version-mismatch';
  /** Id of the request, also in the log. A replayed response has the id of the first request. */
  requestId: string;
  /** The version of the order. */
  currentVersion: number;
}

/** A subscription to events. They are sent in log order. */
export interface Webhook {
  /** Id of the webhook. */
  id: number;
  /** The URL of the receiver. */
  url: string;
  /** The types of the events that are sent, or null for all. */
  types: OrderEventType[] | null;
  /** A remark for people, or null. */
  description: string | null;
  /** Whether events are sent. */
  state: 'active' | 'paused' | (string & {});
  /** Why events are not sent; null while the webhook is active. */
  pause: WebhookPause | null;
  /** Every matching event up to this log position was delivered or skipped. */
  position: number;
  /** The current delivery failure, or null. */
  failure: WebhookFailure | null;
  /** Until this time, messages are also signed with the previous secret. */
  formerSecretUntil: string | null;
  /** The user who created the webhook. */
  createdBy: string;
  /** RFC 3339 time in UTC with milliseconds. */
  createdAt: string;
  /** RFC 3339 time in UTC with milliseconds. */
  updatedAt: string;
}

/** A webhook was created. */
export interface WebhookCreatedEvent {
  /** UUIDv7 (RFC 9562). */
  id: string;
  /** Position in the log. Increases in commit order across all events. May have gaps. */
  position: number;
  type: 'webhook.created';
  /** RFC 3339 time in UTC with milliseconds. */
  timestamp: string;
  /** Who made a change. */
  actor: Actor;
  /** Id that the service assigned to the request that caused the event, or null. */
  requestId: string | null;
  /** The `X-Request-Id` that the client sent with this request, or null. It need not be unique. */
  clientRequestId: string | null;
  /** Null: the event is not of an order. */
  orderId: null;
  /** Null: the event is not of an order. */
  sequence: null;
  /** Null: the event is not of an order. */
  orderVersion: null;
  /** The webhook. */
  webhookId: number;
  /** The settings of a webhook. */
  data: WebhookSettings;
}

/** A webhook was deleted. */
export interface WebhookDeletedEvent {
  /** UUIDv7 (RFC 9562). */
  id: string;
  /** Position in the log. Increases in commit order across all events. May have gaps. */
  position: number;
  type: 'webhook.deleted';
  /** RFC 3339 time in UTC with milliseconds. */
  timestamp: string;
  /** Who made a change. */
  actor: Actor;
  /** Id that the service assigned to the request that caused the event, or null. */
  requestId: string | null;
  /** The `X-Request-Id` that the client sent with this request, or null. It need not be unique. */
  clientRequestId: string | null;
  /** Null: the event is not of an order. */
  orderId: null;
  /** Null: the event is not of an order. */
  sequence: null;
  /** Null: the event is not of an order. */
  orderVersion: null;
  /** The webhook. */
  webhookId: number;
  /** The settings of a webhook. */
  data: WebhookSettings;
}

/** The settings of a webhook to change. */
export interface WebhookEdit {
  /** The URL of the receiver. By default, it must use HTTPS and have a public address. 1 to 2,000 characters. */
  url?: string | undefined;
  /** Event types to send, or null for all types of order events, including future ones. */
  types?: readonly KnownOrderEventType[] | null | undefined;
  /** A remark for people. At most 500 characters. */
  description?: string | null | undefined;
}

/** Events of a webhook were skipped. */
export interface WebhookEventsSkippedEvent {
  /** UUIDv7 (RFC 9562). */
  id: string;
  /** Position in the log. Increases in commit order across all events. May have gaps. */
  position: number;
  type: 'webhook.events_skipped';
  /** RFC 3339 time in UTC with milliseconds. */
  timestamp: string;
  /** Who made a change. */
  actor: Actor;
  /** Id that the service assigned to the request that caused the event, or null. */
  requestId: string | null;
  /** The `X-Request-Id` that the client sent with this request, or null. It need not be unique. */
  clientRequestId: string | null;
  /** Null: the event is not of an order. */
  orderId: null;
  /** Null: the event is not of an order. */
  sequence: null;
  /** Null: the event is not of an order. */
  orderVersion: null;
  /** The webhook. */
  webhookId: number;
  data: {
    /** The position of the last event that is not sent. */
    through: number;
  };
}

/** A delivery that fails, and the plan to repeat it. */
export interface WebhookFailure {
  /** Time of the first failed attempt. */
  since: string;
  /** Number of failed attempts since then. */
  attempts: number;
  /** The failing delivery. Later events are sent only after it is delivered or skipped. */
  deliveryId: number;
  /** Time of the next attempt, or null while the webhook is paused. */
  nextAttemptAt: string | null;
}

/** A page of webhooks. */
export interface WebhookPage {
  data: Webhook[];
  /** The position of a page in its list. */
  page: Page;
}

/** Why and since when a webhook is paused. */
export interface WebhookPause {
  /** `requested`: paused by a request. `gone`: the receiver returned 410. `failing`: deliveries failed for 24 hours. */
  reason: 'requested' | 'gone' | 'failing' | (string & {});
  /** RFC 3339 time in UTC with milliseconds. */
  since: string;
}

/** A webhook was paused, by a user or because deliveries failed. */
export interface WebhookPausedEvent {
  /** UUIDv7 (RFC 9562). */
  id: string;
  /** Position in the log. Increases in commit order across all events. May have gaps. */
  position: number;
  type: 'webhook.paused';
  /** RFC 3339 time in UTC with milliseconds. */
  timestamp: string;
  /** Who made a change. */
  actor: Actor;
  /** Id that the service assigned to the request that caused the event, or null. */
  requestId: string | null;
  /** The `X-Request-Id` that the client sent with this request, or null. It need not be unique. */
  clientRequestId: string | null;
  /** Null: the event is not of an order. */
  orderId: null;
  /** Null: the event is not of an order. */
  sequence: null;
  /** Null: the event is not of an order. */
  orderVersion: null;
  /** The webhook. */
  webhookId: number;
  data: {
    /**
     * `requested`: paused by a request. `gone`: the receiver returned 410. `failing`: deliveries failed for 24 hours.
     */
    reason: 'requested' | 'gone' | 'failing' | (string & {});
  };
}

/** A webhook was resumed. */
export interface WebhookResumedEvent {
  /** UUIDv7 (RFC 9562). */
  id: string;
  /** Position in the log. Increases in commit order across all events. May have gaps. */
  position: number;
  type: 'webhook.resumed';
  /** RFC 3339 time in UTC with milliseconds. */
  timestamp: string;
  /** Who made a change. */
  actor: Actor;
  /** Id that the service assigned to the request that caused the event, or null. */
  requestId: string | null;
  /** The `X-Request-Id` that the client sent with this request, or null. It need not be unique. */
  clientRequestId: string | null;
  /** Null: the event is not of an order. */
  orderId: null;
  /** Null: the event is not of an order. */
  sequence: null;
  /** Null: the event is not of an order. */
  orderVersion: null;
  /** The webhook. */
  webhookId: number;
  data: Record<string, never>;
}

/** The input of `client.webhooks.delete`. */
export interface WebhooksDeleteInput {
  /** The id of the webhook. */
  webhookId: number;
}

/** The input of `client.webhooks.deliveries`. */
export interface WebhooksDeliveriesInput {
  /** The id of the webhook. */
  webhookId: number;
  /**
   * The maximum number of entries to return. A page ends earlier at about 1 MiB. 1 to 100.
   * @default 10
   */
  limit?: number | undefined;
  /**
   * The number of entries to skip. Writes between two requests shift the pages: use `cursor` to read a whole list.
   * Cannot be combined with `cursor`. 0 to 10,000.
   */
  offset?: number | undefined;
  /** `nextCursor` of the previous page. Valid only with the same filters. 1 to 200 characters. */
  cursor?: string | undefined;
  /** Return only deliveries in these states: one or more, repeated or separated by commas. */
  state?: KnownDeliveryState | readonly KnownDeliveryState[] | undefined;
}

/** The input of `client.webhooks.delivery`. */
export interface WebhooksDeliveryInput {
  /** The id of the webhook. */
  webhookId: number;
  /** The id of the delivery. */
  deliveryId: number;
}

/** The secret of a webhook was rotated. */
export interface WebhookSecretRotatedEvent {
  /** UUIDv7 (RFC 9562). */
  id: string;
  /** Position in the log. Increases in commit order across all events. May have gaps. */
  position: number;
  type: 'webhook.secret_rotated';
  /** RFC 3339 time in UTC with milliseconds. */
  timestamp: string;
  /** Who made a change. */
  actor: Actor;
  /** Id that the service assigned to the request that caused the event, or null. */
  requestId: string | null;
  /** The `X-Request-Id` that the client sent with this request, or null. It need not be unique. */
  clientRequestId: string | null;
  /** Null: the event is not of an order. */
  orderId: null;
  /** Null: the event is not of an order. */
  sequence: null;
  /** Null: the event is not of an order. */
  orderVersion: null;
  /** The webhook. */
  webhookId: number;
  data: Record<string, never>;
}

/** The input of `client.webhooks.edit`. */
export interface WebhooksEditInput extends WebhookEdit {
  /** The id of the webhook. */
  webhookId: number;
}

/** The settings of a webhook. */
export interface WebhookSettings {
  /** Scheme, host and port. A path and a query are replaced by `…`. */
  url: string;
  /** The types of the events that are sent, or null for all. */
  types: OrderEventType[] | null;
  /** A remark for people, or null. */
  description: string | null;
}

/** The input of `client.webhooks.get`. */
export interface WebhooksGetInput {
  /** The id of the webhook. */
  webhookId: number;
}

/** The input of `client.webhooks.list`. */
export interface WebhooksListInput {
  /**
   * The maximum number of entries to return. A page ends earlier at about 1 MiB. 1 to 100.
   * @default 10
   */
  limit?: number | undefined;
  /**
   * The number of entries to skip. Writes between two requests shift the pages: use `cursor` to read a whole list.
   * Cannot be combined with `cursor`. 0 to 10,000.
   */
  offset?: number | undefined;
  /** `nextCursor` of the previous page. Valid only with the same filters. 1 to 200 characters. */
  cursor?: string | undefined;
}

/** The input of `client.webhooks.pause`. */
export interface WebhooksPauseInput {
  /** The id of the webhook. */
  webhookId: number;
}

/** The input of `client.webhooks.redeliver`. */
export interface WebhooksRedeliverInput {
  /** The id of the webhook. */
  webhookId: number;
  /** The id of the delivery. */
  deliveryId: number;
}

/** The input of `client.webhooks.resume`. */
export interface WebhooksResumeInput {
  /** The id of the webhook. */
  webhookId: number;
}

/** The input of `client.webhooks.rotateSecret`. */
export interface WebhooksRotateSecretInput {
  /** The id of the webhook. */
  webhookId: number;
}

/** The input of `client.webhooks.skip`. */
export interface WebhooksSkipInput extends SkipRequest {
  /** The id of the webhook. */
  webhookId: number;
}

/** The input of `client.webhooks.test`. */
export interface WebhooksTestInput {
  /** The id of the webhook. */
  webhookId: number;
}

/** A test of the webhook was requested. */
export interface WebhookTest {
  /** UUIDv7 (RFC 9562). */
  id: string;
  type: 'webhook.test';
  /** RFC 3339 time in UTC with milliseconds. */
  timestamp: string;
  data: {
    /** The webhook under test. */
    webhookId: number;
  };
}

/** A webhook was edited. */
export interface WebhookUpdatedEvent {
  /** UUIDv7 (RFC 9562). */
  id: string;
  /** Position in the log. Increases in commit order across all events. May have gaps. */
  position: number;
  type: 'webhook.updated';
  /** RFC 3339 time in UTC with milliseconds. */
  timestamp: string;
  /** Who made a change. */
  actor: Actor;
  /** Id that the service assigned to the request that caused the event, or null. */
  requestId: string | null;
  /** The `X-Request-Id` that the client sent with this request, or null. It need not be unique. */
  clientRequestId: string | null;
  /** Null: the event is not of an order. */
  orderId: null;
  /** Null: the event is not of an order. */
  sequence: null;
  /** Null: the event is not of an order. */
  orderVersion: null;
  /** The webhook. */
  webhookId: number;
  data: {
    /** The changed settings by name. */
    changes: {
      /** The change of this setting. */
      url?: {
        /** Scheme, host and port. A path and a query are replaced by `…`. */
        from: string;
        /** Scheme, host and port. A path and a query are replaced by `…`. */
        to: string;
      };
      /** The change of this setting. */
      types?: {
        /** The types of the events that are sent, or null for all. */
        from: OrderEventType[] | null;
        /** The types of the events that are sent, or null for all. */
        to: OrderEventType[] | null;
      };
      /** The change of this setting. */
      description?: {
        /** A remark for people, or null. */
        from: string | null;
        /** A remark for people, or null. */
        to: string | null;
      };
    };
  };
}

/** A webhook with its new secret. */
export interface WebhookWithSecret {
  /** Id of the webhook. */
  id: number;
  /** The URL of the receiver. */
  url: string;
  /** The types of the events that are sent, or null for all. */
  types: OrderEventType[] | null;
  /** A remark for people, or null. */
  description: string | null;
  /** Whether events are sent. */
  state: 'active' | 'paused' | (string & {});
  /** Why events are not sent; null while the webhook is active. */
  pause: WebhookPause | null;
  /** Every matching event up to this log position was delivered or skipped. */
  position: number;
  /** The current delivery failure, or null. */
  failure: WebhookFailure | null;
  /** Until this time, messages are also signed with the previous secret. */
  formerSecretUntil: string | null;
  /** The user who created the webhook. */
  createdBy: string;
  /** RFC 3339 time in UTC with milliseconds. */
  createdAt: string;
  /** RFC 3339 time in UTC with milliseconds. */
  updatedAt: string;
  /** The secret that signs messages. It cannot be retrieved again. */
  secret: string;
}
