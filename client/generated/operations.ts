// The types of all operations. Generated from the contract by `npm run generate`.

import type { Call, List } from '../call.ts';
import type {
  CommandOptions,
  ConditionalOptions,
  IdempotentOptions,
  RequestOptions,
  RevalidationOptions,
  StreamOptions,
} from '../options.ts';
import type {
  Delivery,
  DeliveryPage,
  DocumentationProblemInput,
  Event,
  EventFeed,
  EventPage,
  EventsListInput,
  EventsStreamInput,
  Identity,
  Liveness,
  NewOrder,
  NewOrderRequest,
  NewWebhook,
  OpenApiDocument,
  Order,
  OrderEvent,
  OrderPage,
  OrdersApproveInput,
  OrdersEditInput,
  OrdersEventsInput,
  OrdersGetInput,
  OrdersListInput,
  OrdersRejectInput,
  OrdersValidateInput,
  OrdersValidationsInput,
  Policy,
  PolicyCheck,
  ProblemExplanation,
  ProblemList,
  Readiness,
  Stats,
  Validation,
  ValidationPage,
  ValidationStarted,
  ValidationsGetInput,
  ValidationsRetryInput,
  Webhook,
  WebhookPage,
  WebhookWithSecret,
  WebhooksDeleteInput,
  WebhooksDeliveriesInput,
  WebhooksDeliveryInput,
  WebhooksEditInput,
  WebhooksGetInput,
  WebhooksListInput,
  WebhooksPauseInput,
  WebhooksRedeliverInput,
  WebhooksResumeInput,
  WebhooksRotateSecretInput,
  WebhooksSkipInput,
  WebhooksTestInput,
} from './types.ts';

/** The operations of `client.orders`. */
export interface OrdersOperations {
  /**
   * Create an order.
   *
   * Returns the order in status CREATED. The `Location` header is its URL, and the `ETag` header is its version. With
   * `validate`, its validation is started in the same transaction: it has version 2, and two events.
   *
   * `POST /orders`. Requires `orders:write`.
   * @throws {ProblemError} with the code `invalid-request`, `unauthenticated`, `forbidden`, `request-timeout`,
   * `conflict`, `payload-too-large`, `uri-too-long`, `unsupported-media-type`, `idempotency-key-reused`,
   * `too-many-requests`, `headers-too-large`, `internal`, `unavailable`
   * @throws {ConnectionError} if no response is received
   * @throws {UnexpectedResponseError} if the response is not one of this service
   */
  create(input: NewOrderRequest, options?: IdempotentOptions): Call<Order>;

  /**
   * List orders.
   *
   * Returns orders, newest first by default. Filters can be combined.
   *
   * `GET /orders`. Requires `orders:read`.
   * @throws {ProblemError} with the code `invalid-request`, `unauthenticated`, `forbidden`, `uri-too-long`,
   * `too-many-requests`, `headers-too-large`, `internal`, `unavailable`
   * @throws {ConnectionError} if no response is received
   * @throws {UnexpectedResponseError} if the response is not one of this service
   */
  list(input?: OrdersListInput, options?: RequestOptions): List<OrderPage, Order>;

  /**
   * Get an order.
   *
   * Returns the order, or 304 without a body if `If-None-Match` contains its current version.
   *
   * `GET /orders/:orderId`. Requires `orders:read`.
   * @throws {ProblemError} with the code `invalid-request`, `unauthenticated`, `forbidden`, `not-found`,
   * `uri-too-long`, `too-many-requests`, `headers-too-large`, `internal`, `unavailable`
   * @throws {ConnectionError} if no response is received
   * @throws {UnexpectedResponseError} if the response is not one of this service
   */
  get(input: OrdersGetInput, options: RevalidationOptions): Call<Order | undefined>;
  /**
   * Get an order.
   *
   * Returns the order, or 304 without a body if `If-None-Match` contains its current version.
   *
   * `GET /orders/:orderId`. Requires `orders:read`.
   * @throws {ProblemError} with the code `invalid-request`, `unauthenticated`, `forbidden`, `not-found`,
   * `uri-too-long`, `too-many-requests`, `headers-too-large`, `internal`, `unavailable`
   * @throws {ConnectionError} if no response is received
   * @throws {UnexpectedResponseError} if the response is not one of this service
   */
  get(input: OrdersGetInput, options?: RequestOptions): Call<Order>;

  /**
   * Edit an order.
   *
   * Requires status CREATED and no validation in progress. Absent fields stay unchanged, null clears a field, and
   * `items` and `metadata` are replaced as a whole. A request that changes nothing creates no new version. The status
   * cannot be edited.
   *
   * `PUT /orders/:orderId`. Requires `orders:write`.
   * @throws {ProblemError} with the code `invalid-request`, `invalid-transition`, `unauthenticated`, `forbidden`,
   * `not-found`, `request-timeout`, `validation-in-progress`, `conflict`, `version-mismatch`, `payload-too-large`,
   * `uri-too-long`, `unsupported-media-type`, `too-many-requests`, `headers-too-large`, `internal`, `unavailable`
   * @throws {ConnectionError} if no response is received
   * @throws {UnexpectedResponseError} if the response is not one of this service
   */
  edit(input: OrdersEditInput, options?: ConditionalOptions): Call<Order>;

  /**
   * Start the validation of an order.
   *
   * The rules run in the background. The `Location` header is the URL of the validation. If a validation is already in
   * progress, it is returned and no new one is started.
   *
   * `POST /orders/:orderId/validate`. Requires `orders:write`.
   * @throws {ProblemError} with the code `invalid-request`, `invalid-transition`, `unauthenticated`, `forbidden`,
   * `not-found`, `request-timeout`, `version-mismatch`, `payload-too-large`, `uri-too-long`, `unsupported-media-type`,
   * `idempotency-key-reused`, `too-many-requests`, `headers-too-large`, `internal`, `unavailable`
   * @throws {ConnectionError} if no response is received
   * @throws {UnexpectedResponseError} if the response is not one of this service
   */
  validate(input: OrdersValidateInput, options?: CommandOptions): Call<ValidationStarted>;

  /**
   * Approve a validated order.
   *
   * Requires status VALIDATED. With separation of duties, a user who created or edited the order may not approve it.
   *
   * `POST /orders/:orderId/approve`. Requires `orders:approve`.
   * @throws {ProblemError} with the code `invalid-request`, `invalid-transition`, `unauthenticated`, `forbidden`,
   * `separation-of-duties`, `not-found`, `request-timeout`, `version-mismatch`, `payload-too-large`, `uri-too-long`,
   * `unsupported-media-type`, `idempotency-key-reused`, `too-many-requests`, `headers-too-large`, `internal`,
   * `unavailable`
   * @throws {ConnectionError} if no response is received
   * @throws {UnexpectedResponseError} if the response is not one of this service
   */
  approve(input: OrdersApproveInput, options?: CommandOptions): Call<Order>;

  /**
   * Reject an order.
   *
   * Requires status CREATED or VALIDATED. Cancels a validation that is in progress.
   *
   * `POST /orders/:orderId/reject`. Requires `orders:approve`.
   * @throws {ProblemError} with the code `invalid-request`, `invalid-transition`, `unauthenticated`, `forbidden`,
   * `not-found`, `request-timeout`, `version-mismatch`, `payload-too-large`, `uri-too-long`, `unsupported-media-type`,
   * `idempotency-key-reused`, `too-many-requests`, `headers-too-large`, `internal`, `unavailable`
   * @throws {ConnectionError} if no response is received
   * @throws {UnexpectedResponseError} if the response is not one of this service
   */
  reject(input: OrdersRejectInput, options?: CommandOptions): Call<Order>;

  /**
   * List the events of an order.
   *
   * Returns the history of the order, oldest event first.
   *
   * `GET /orders/:orderId/events`. Requires `orders:read`.
   * @throws {ProblemError} with the code `invalid-request`, `unauthenticated`, `forbidden`, `not-found`,
   * `uri-too-long`, `too-many-requests`, `headers-too-large`, `internal`, `unavailable`
   * @throws {ConnectionError} if no response is received
   * @throws {UnexpectedResponseError} if the response is not one of this service
   */
  events(input: OrdersEventsInput, options?: RequestOptions): List<EventPage, OrderEvent>;

  /**
   * List the validations of an order.
   *
   * Returns validations, newest first.
   *
   * `GET /orders/:orderId/validations`. Requires `orders:read`.
   * @throws {ProblemError} with the code `invalid-request`, `unauthenticated`, `forbidden`, `not-found`,
   * `uri-too-long`, `too-many-requests`, `headers-too-large`, `internal`, `unavailable`
   * @throws {ConnectionError} if no response is received
   * @throws {UnexpectedResponseError} if the response is not one of this service
   */
  validations(input: OrdersValidationsInput, options?: RequestOptions): List<ValidationPage, Validation>;
}

/** The operations of `client.validations`. */
export interface ValidationsOperations {
  /**
   * Get a validation.
   *
   * Returns the validation with its state and, if it has ended, its result.
   *
   * `GET /validations/:validationId`. Requires `orders:read`.
   * @throws {ProblemError} with the code `invalid-request`, `unauthenticated`, `forbidden`, `not-found`,
   * `uri-too-long`, `too-many-requests`, `headers-too-large`, `internal`, `unavailable`
   * @throws {ConnectionError} if no response is received
   * @throws {UnexpectedResponseError} if the response is not one of this service
   */
  get(input: ValidationsGetInput, options?: RequestOptions): Call<Validation>;

  /**
   * Retry a dead validation.
   *
   * Requires the latest validation of an order in status CREATED, in state `dead`. The retry uses the current version
   * of the order and the current policy, and resets `attempt` to 0.
   *
   * `POST /validations/:validationId/retry`. Requires `orders:write`.
   * @throws {ProblemError} with the code `invalid-request`, `invalid-transition`, `unauthenticated`, `forbidden`,
   * `not-found`, `request-timeout`, `validation-in-progress`, `conflict`, `version-mismatch`, `payload-too-large`,
   * `uri-too-long`, `unsupported-media-type`, `idempotency-key-reused`, `too-many-requests`, `headers-too-large`,
   * `internal`, `unavailable`
   * @throws {ConnectionError} if no response is received
   * @throws {UnexpectedResponseError} if the response is not one of this service
   */
  retry(input: ValidationsRetryInput, options?: CommandOptions): Call<Validation>;
}

/** The operations of `client.events`. */
export interface EventsOperations {
  /**
   * List events.
   *
   * Returns every change of every order, in commit order, and on request the changes of webhooks. Use `nextAfter` as
   * `after` of the next request to get newer events. A page ends at `limit` events or at about 1 MiB, so only an empty
   * page is the end of the log. A position beyond the end of the log is rejected with 400.
   *
   * `GET /events`. Requires `orders:read`.
   * @throws {ProblemError} with the code `invalid-request`, `unauthenticated`, `forbidden`, `uri-too-long`,
   * `too-many-requests`, `headers-too-large`, `internal`, `unavailable`
   * @throws {ConnectionError} if no response is received
   * @throws {UnexpectedResponseError} if the response is not one of this service
   */
  list(input?: EventsListInput, options?: RequestOptions): List<EventFeed, Event>;

  /**
   * Stream events.
   *
   * Returns server-sent events. Each message has the position as `id`, the type as `event`, and the event as one line
   * of JSON as `data`. The stream starts after the position in `Last-Event-ID`, `lastEventId` or `after`, and continues
   * with new events without gaps or duplicates. Without any of them, it starts with new events. The first block
   * contains only `retry` and an `id`, the start position, so that a client that loses the connection before the first
   * event can resume too.
   *
   * The service sends a comment every 15 seconds while there are no events. Before the service ends a stream, it sends
   * a last message with the event `end` and a `reason`: `slow-reader` (too much unread data is buffered),
   * `token-expired` or `shutdown`. In each case, reconnect after the time of the latest `retry` and resume with the
   * `id` of the last message. A position beyond the end of the log is rejected with 400.
   *
   * `GET /events/stream`. Requires `orders:read`.
   * @throws {ProblemError} with the code `invalid-request`, `unauthenticated`, `forbidden`, `uri-too-long`,
   * `too-many-requests`, `headers-too-large`, `internal`, `unavailable`
   * @throws {ConnectionError} if no response is received
   * @throws {UnexpectedResponseError} if the response is not one of this service
   */
  stream(input?: EventsStreamInput, options?: StreamOptions): AsyncGenerator<Event, void, void>;
}

/** The operations of `client.webhooks`. */
export interface WebhooksOperations {
  /**
   * Create a webhook.
   *
   * Sends every new event to the URL by POST, at least once and in log order, signed according to Standard Webhooks.
   * The `webhook-id` header is the id of the event, the same for every attempt. Only this response contains the secret.
   *
   * `POST /webhooks`. Requires `webhooks:manage` and `orders:read`.
   * @throws {ProblemError} with the code `invalid-request`, `unauthenticated`, `forbidden`, `request-timeout`,
   * `payload-too-large`, `uri-too-long`, `unsupported-media-type`, `idempotency-key-reused`, `too-many-requests`,
   * `headers-too-large`, `internal`, `unavailable`
   * @throws {ConnectionError} if no response is received
   * @throws {UnexpectedResponseError} if the response is not one of this service
   */
  create(input: NewWebhook, options?: IdempotentOptions): Call<WebhookWithSecret>;

  /**
   * List webhooks.
   *
   * Returns webhooks, newest first.
   *
   * `GET /webhooks`. Requires `webhooks:manage`.
   * @throws {ProblemError} with the code `invalid-request`, `unauthenticated`, `forbidden`, `uri-too-long`,
   * `too-many-requests`, `headers-too-large`, `internal`, `unavailable`
   * @throws {ConnectionError} if no response is received
   * @throws {UnexpectedResponseError} if the response is not one of this service
   */
  list(input?: WebhooksListInput, options?: RequestOptions): List<WebhookPage, Webhook>;

  /**
   * Get a webhook.
   *
   * Returns the webhook with its position in the event log, without its secret.
   *
   * `GET /webhooks/:webhookId`. Requires `webhooks:manage`.
   * @throws {ProblemError} with the code `invalid-request`, `unauthenticated`, `forbidden`, `not-found`,
   * `uri-too-long`, `too-many-requests`, `headers-too-large`, `internal`, `unavailable`
   * @throws {ConnectionError} if no response is received
   * @throws {UnexpectedResponseError} if the response is not one of this service
   */
  get(input: WebhooksGetInput, options?: RequestOptions): Call<Webhook>;

  /**
   * Edit a webhook.
   *
   * Absent fields stay unchanged. A new URL causes an immediate retry of a failing delivery. New types apply to events
   * after `position`.
   *
   * `PUT /webhooks/:webhookId`. Requires `webhooks:manage` and `orders:read`.
   * @throws {ProblemError} with the code `invalid-request`, `unauthenticated`, `forbidden`, `not-found`,
   * `request-timeout`, `payload-too-large`, `uri-too-long`, `unsupported-media-type`, `too-many-requests`,
   * `headers-too-large`, `internal`, `unavailable`
   * @throws {ConnectionError} if no response is received
   * @throws {UnexpectedResponseError} if the response is not one of this service
   */
  edit(input: WebhooksEditInput, options?: RequestOptions): Call<Webhook>;

  /**
   * Delete a webhook.
   *
   * Stops sending events. The deliveries of the webhook can no longer be read.
   *
   * `DELETE /webhooks/:webhookId`. Requires `webhooks:manage`.
   * @throws {ProblemError} with the code `invalid-request`, `unauthenticated`, `forbidden`, `not-found`,
   * `request-timeout`, `payload-too-large`, `uri-too-long`, `unsupported-media-type`, `too-many-requests`,
   * `headers-too-large`, `internal`, `unavailable`
   * @throws {ConnectionError} if no response is received
   * @throws {UnexpectedResponseError} if the response is not one of this service
   */
  delete(input: WebhooksDeleteInput, options?: RequestOptions): Call<undefined>;

  /**
   * Pause a webhook.
   *
   * Sends no events until the webhook is resumed.
   *
   * `POST /webhooks/:webhookId/pause`. Requires `webhooks:manage`.
   * @throws {ProblemError} with the code `invalid-request`, `unauthenticated`, `forbidden`, `not-found`,
   * `request-timeout`, `payload-too-large`, `uri-too-long`, `unsupported-media-type`, `idempotency-key-reused`,
   * `too-many-requests`, `headers-too-large`, `internal`, `unavailable`
   * @throws {ConnectionError} if no response is received
   * @throws {UnexpectedResponseError} if the response is not one of this service
   */
  pause(input: WebhooksPauseInput, options?: IdempotentOptions): Call<Webhook>;

  /**
   * Resume a webhook.
   *
   * Continues after the last delivered or skipped event. A failing delivery is retried at once, and for another 24
   * hours.
   *
   * `POST /webhooks/:webhookId/resume`. Requires `webhooks:manage`.
   * @throws {ProblemError} with the code `invalid-request`, `unauthenticated`, `forbidden`, `not-found`,
   * `request-timeout`, `payload-too-large`, `uri-too-long`, `unsupported-media-type`, `idempotency-key-reused`,
   * `too-many-requests`, `headers-too-large`, `internal`, `unavailable`
   * @throws {ConnectionError} if no response is received
   * @throws {UnexpectedResponseError} if the response is not one of this service
   */
  resume(input: WebhooksResumeInput, options?: IdempotentOptions): Call<Webhook>;

  /**
   * Skip events.
   *
   * Skips the failing event, or all events up to a position. A skipped delivery can still be sent with redeliver. Does
   * not resume a paused webhook.
   *
   * `POST /webhooks/:webhookId/skip`. Requires `webhooks:manage`.
   * @throws {ProblemError} with the code `invalid-request`, `unauthenticated`, `forbidden`, `not-found`,
   * `request-timeout`, `payload-too-large`, `uri-too-long`, `unsupported-media-type`, `idempotency-key-reused`,
   * `too-many-requests`, `headers-too-large`, `internal`, `unavailable`
   * @throws {ConnectionError} if no response is received
   * @throws {UnexpectedResponseError} if the response is not one of this service
   */
  skip(input: WebhooksSkipInput, options?: IdempotentOptions): Call<Webhook>;

  /**
   * Rotate the secret of a webhook.
   *
   * Returns the new secret. Only this response contains it. For 24 hours, messages are signed with the new and the
   * previous secret. Another rotation within that time invalidates the older of the two.
   *
   * `POST /webhooks/:webhookId/rotate-secret`. Requires `webhooks:manage`.
   * @throws {ProblemError} with the code `invalid-request`, `unauthenticated`, `forbidden`, `not-found`,
   * `request-timeout`, `payload-too-large`, `uri-too-long`, `unsupported-media-type`, `idempotency-key-reused`,
   * `too-many-requests`, `headers-too-large`, `internal`, `unavailable`
   * @throws {ConnectionError} if no response is received
   * @throws {UnexpectedResponseError} if the response is not one of this service
   */
  rotateSecret(input: WebhooksRotateSecretInput, options?: IdempotentOptions): Call<WebhookWithSecret>;

  /**
   * Send a test message.
   *
   * Sends a `webhook.test` message once, independent of the event order, also while the webhook is paused. The delivery
   * reports the result.
   *
   * `POST /webhooks/:webhookId/test`. Requires `webhooks:manage`.
   * @throws {ProblemError} with the code `invalid-request`, `unauthenticated`, `forbidden`, `not-found`,
   * `request-timeout`, `payload-too-large`, `uri-too-long`, `unsupported-media-type`, `idempotency-key-reused`,
   * `too-many-requests`, `headers-too-large`, `internal`, `unavailable`
   * @throws {ConnectionError} if no response is received
   * @throws {UnexpectedResponseError} if the response is not one of this service
   */
  test(input: WebhooksTestInput, options?: IdempotentOptions): Call<Delivery>;

  /**
   * List the deliveries of a webhook.
   *
   * Returns deliveries, newest first, each with its latest 100 attempts. Deliveries are stored for 30 days.
   *
   * `GET /webhooks/:webhookId/deliveries`. Requires `webhooks:manage`.
   * @throws {ProblemError} with the code `invalid-request`, `unauthenticated`, `forbidden`, `not-found`,
   * `uri-too-long`, `too-many-requests`, `headers-too-large`, `internal`, `unavailable`
   * @throws {ConnectionError} if no response is received
   * @throws {UnexpectedResponseError} if the response is not one of this service
   */
  deliveries(input: WebhooksDeliveriesInput, options?: RequestOptions): List<DeliveryPage, Delivery>;

  /**
   * Get a delivery.
   *
   * Returns the delivery with its latest 100 attempts.
   *
   * `GET /webhooks/:webhookId/deliveries/:deliveryId`. Requires `webhooks:manage`.
   * @throws {ProblemError} with the code `invalid-request`, `unauthenticated`, `forbidden`, `not-found`,
   * `uri-too-long`, `too-many-requests`, `headers-too-large`, `internal`, `unavailable`
   * @throws {ConnectionError} if no response is received
   * @throws {UnexpectedResponseError} if the response is not one of this service
   */
  delivery(input: WebhooksDeliveryInput, options?: RequestOptions): Call<Delivery>;

  /**
   * Redeliver a message.
   *
   * Sends the message once, independent of the event order, with the same `webhook-id`. Creates a new delivery.
   *
   * `POST /webhooks/:webhookId/deliveries/:deliveryId/redeliver`. Requires `webhooks:manage`.
   * @throws {ProblemError} with the code `invalid-request`, `unauthenticated`, `forbidden`, `not-found`,
   * `request-timeout`, `payload-too-large`, `uri-too-long`, `unsupported-media-type`, `idempotency-key-reused`,
   * `too-many-requests`, `headers-too-large`, `internal`, `unavailable`
   * @throws {ConnectionError} if no response is received
   * @throws {UnexpectedResponseError} if the response is not one of this service
   */
  redeliver(input: WebhooksRedeliverInput, options?: IdempotentOptions): Call<Delivery>;
}

/** The operations of `client.policy`. */
export interface PolicyOperations {
  /**
   * Get the validation policy.
   *
   * Returns the rules that new validations use.
   *
   * `GET /policy`. Requires `orders:read`.
   * @throws {ProblemError} with the code `invalid-request`, `unauthenticated`, `forbidden`, `uri-too-long`,
   * `too-many-requests`, `headers-too-large`, `internal`, `unavailable`
   * @throws {ConnectionError} if no response is received
   * @throws {UnexpectedResponseError} if the response is not one of this service
   */
  get(input?: Record<string, never>, options?: RequestOptions): Call<Policy>;

  /**
   * Evaluate the rules for an order.
   *
   * Evaluates the rules without creating an order. Only the response is stored, and only if the request has an
   * `Idempotency-Key`.
   *
   * `POST /policy/check`. Requires `orders:read`.
   * @throws {ProblemError} with the code `invalid-request`, `unauthenticated`, `forbidden`, `request-timeout`,
   * `payload-too-large`, `uri-too-long`, `unsupported-media-type`, `idempotency-key-reused`, `too-many-requests`,
   * `headers-too-large`, `internal`, `unavailable`
   * @throws {ConnectionError} if no response is received
   * @throws {UnexpectedResponseError} if the response is not one of this service
   */
  check(input: NewOrder, options?: IdempotentOptions): Call<PolicyCheck>;
}

/** The operations of `client.stats`. */
export interface StatsOperations {
  /**
   * Get statistics.
   *
   * Returns the number of orders by status and of open validations. The cost does not depend on their number.
   *
   * `GET /stats`. Requires `orders:read`.
   * @throws {ProblemError} with the code `invalid-request`, `unauthenticated`, `forbidden`, `uri-too-long`,
   * `too-many-requests`, `headers-too-large`, `internal`, `unavailable`
   * @throws {ConnectionError} if no response is received
   * @throws {UnexpectedResponseError} if the response is not one of this service
   */
  get(input?: Record<string, never>, options?: RequestOptions): Call<Stats>;
}

/** The operations of `client.identity`. */
export interface IdentityOperations {
  /**
   * Get the identity of the caller.
   *
   * Returns the subject and the scopes that the service reads from the token of the request. It requires a token, but
   * no scope. The claims that contain scopes depend on the configuration of the service.
   *
   * `GET /identity`. Requires a token.
   * @throws {ProblemError} with the code `invalid-request`, `unauthenticated`, `forbidden`, `uri-too-long`,
   * `too-many-requests`, `headers-too-large`, `internal`, `unavailable`
   * @throws {ConnectionError} if no response is received
   * @throws {UnexpectedResponseError} if the response is not one of this service
   */
  get(input?: Record<string, never>, options?: RequestOptions): Call<Identity>;
}

/** The operations of `client.health`. */
export interface HealthOperations {
  /**
   * Check liveness.
   *
   * Returns 200 while the process responds. Does not access the database.
   *
   * `GET /health`. Requires no token.
   * @throws {ProblemError} with the code `invalid-request`, `uri-too-long`, `headers-too-large`, `internal`
   * @throws {ConnectionError} if no response is received
   * @throws {UnexpectedResponseError} if the response is not one of this service
   */
  live(input?: Record<string, never>, options?: RequestOptions): Call<Liveness>;

  /**
   * Check readiness.
   *
   * Returns 503 while the service stops, or while a check fails.
   *
   * `GET /health/ready`. Requires no token.
   * @throws {ProblemError} with the code `invalid-request`, `uri-too-long`, `headers-too-large`, `internal`
   * @throws {ConnectionError} if no response is received
   * @throws {UnexpectedResponseError} if the response is not one of this service
   */
  ready(input?: Record<string, never>, options?: RequestOptions): Call<Readiness>;
}

/** The operations of `client.documentation`. */
export interface DocumentationOperations {
  /**
   * Get the OpenAPI document.
   *
   * Returns the description of this service in OpenAPI 3.1, or 304 without a body if `If-None-Match` contains its
   * entity tag.
   *
   * `GET /openapi.json`. Requires no token.
   * @throws {ProblemError} with the code `invalid-request`, `forbidden`, `uri-too-long`, `headers-too-large`,
   * `internal`, `unavailable`
   * @throws {ConnectionError} if no response is received
   * @throws {UnexpectedResponseError} if the response is not one of this service
   */
  openapi(input: Record<string, never> | undefined, options: RevalidationOptions): Call<OpenApiDocument | undefined>;
  /**
   * Get the OpenAPI document.
   *
   * Returns the description of this service in OpenAPI 3.1, or 304 without a body if `If-None-Match` contains its
   * entity tag.
   *
   * `GET /openapi.json`. Requires no token.
   * @throws {ProblemError} with the code `invalid-request`, `forbidden`, `uri-too-long`, `headers-too-large`,
   * `internal`, `unavailable`
   * @throws {ConnectionError} if no response is received
   * @throws {UnexpectedResponseError} if the response is not one of this service
   */
  openapi(input?: Record<string, never>, options?: RequestOptions): Call<OpenApiDocument>;

  /**
   * List all problems.
   *
   * Returns every problem that a response can report.
   *
   * `GET /problems`. Requires no token.
   * @throws {ProblemError} with the code `invalid-request`, `forbidden`, `uri-too-long`, `headers-too-large`,
   * `internal`, `unavailable`
   * @throws {ConnectionError} if no response is received
   * @throws {UnexpectedResponseError} if the response is not one of this service
   */
  problems(input?: Record<string, never>, options?: RequestOptions): Call<ProblemList>;

  /**
   * Get the explanation of a problem.
   *
   * The `type` of every problem refers to this resource.
   *
   * `GET /problems/:code`. Requires no token.
   * @throws {ProblemError} with the code `invalid-request`, `forbidden`, `not-found`, `uri-too-long`,
   * `headers-too-large`, `internal`, `unavailable`
   * @throws {ConnectionError} if no response is received
   * @throws {UnexpectedResponseError} if the response is not one of this service
   */
  problem(input: DocumentationProblemInput, options?: RequestOptions): Call<ProblemExplanation>;
}

/** All operations of the contract, grouped by resource. */
export interface Operations {
  readonly orders: OrdersOperations;
  readonly validations: ValidationsOperations;
  readonly events: EventsOperations;
  readonly webhooks: WebhooksOperations;
  readonly policy: PolicyOperations;
  readonly stats: StatsOperations;
  readonly identity: IdentityOperations;
  readonly health: HealthOperations;
  readonly documentation: DocumentationOperations;
}
