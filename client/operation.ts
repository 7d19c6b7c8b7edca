// The types of SDK operations, derived from the contract. The input is one flat object of path parameters, query and
// body; the result is the body of the successful response.

import type { AppRoute, AppRouter } from '@ts-rest/core';
import type { z } from 'zod';
import type { StreamText } from '../contract/schemas/stream.ts';
import type { StreamOptions } from './stream.ts';

/** The options of one request. They take precedence over those of the client. */
export type RequestOptions = {
  /** Aborts the request. The operation then throws the reason of the signal. */
  signal?: AbortSignal;
  /** Additional headers. They take precedence over those of the client. @default none */
  headers?: Record<string, string>;
  /** Time limit of the request in milliseconds. @default that of the client: 30,000 */
  timeoutMs?: number;
  /**
   * The expected version of the order. If the order has another version, the operation changes nothing and throws a
   * `ProblemError` with code `version-mismatch`. @default any version
   */
  ifMatch?: number;
  /**
   * Makes a POST safe to repeat for 24 hours: the same input with the same key is executed once and returns the first
   * response. 1 to 255 visible ASCII characters, such as a UUID. Edits ignore it; use `ifMatch`. @default no key
   */
  idempotencyKey?: string;
};

type Parsed<Schema> = Schema extends z.ZodType ? z.output<Schema> : unknown;

/** A parameter is optional if the request may omit it, and has its parsed type. */
type QueryInput<Schema> = Schema extends z.ZodType
  ? { [Key in keyof z.input<Schema>]: Key extends keyof z.output<Schema> ? z.output<Schema>[Key] : never }
  : unknown;

type BodyInput<Schema> = Schema extends z.ZodType ? NonNullable<z.input<Schema>> : unknown;

type PathOf<Route> = Route extends { pathParams: infer Schema } ? Parsed<Schema> : unknown;
type QueryOf<Route> = Route extends { query: infer Schema } ? QueryInput<Schema> : unknown;
/** If the body is optional, so is each of its fields. */
type BodyOf<Route> = Route extends { body: infer Schema }
  ? Schema extends z.ZodOptional
    ? Partial<BodyInput<Schema>>
    : BodyInput<Schema>
  : unknown;

/** Drops the index signature that zod infers for an object without fields. */
type Fields<Type> = string extends keyof Type ? unknown : Type;

type Flat<Type> = { [Key in keyof Type]: Type[Key] };

/** The input of an operation: path parameters, query and body in one object. */
type Input<Route extends AppRoute> = Flat<Fields<PathOf<Route>> & Fields<QueryOf<Route>> & Fields<BodyOf<Route>>>;

type SuccessStatus = 200 | 201 | 202 | 204;

/** The result of an operation: the body of the successful response, or undefined for 204. */
type Output<Route extends AppRoute> = {
  [Status in keyof Route['responses'] & SuccessStatus]: Status extends 204
    ? undefined
    : Parsed<Route['responses'][Status]>;
}[keyof Route['responses'] & SuccessStatus];

/**
 * One endpoint as a function.
 * @throws {ProblemError} if the service rejects the request
 * @throws {ConnectionError} if no response is received
 * @throws {UnexpectedResponseError} if the response is not one of this service
 */
type Operation<Route extends AppRoute> =
  object extends Input<Route>
    ? (input?: Input<Route>, options?: RequestOptions) => Promise<Output<Route>>
    : (input: Input<Route>, options?: RequestOptions) => Promise<Output<Route>>;

/** The responses of a route that returns a stream. */
type StreamResponses<Message> = { 200: { body: z.ZodType<StreamText<Message>> } };

/**
 * A stream as an async generator. It reconnects after every loss and resumes after the last message. It never ends:
 * leave the loop or abort the signal. Messages of a newer service version may have unknown types.
 * @throws {ProblemError} if the service rejects the request permanently (4xx, except 429)
 * @throws {UnexpectedResponseError} if the response or a message is not one of this service (except 5xx and 429)
 * @throws the reason of the signal, after an abort
 */
type Stream<Route extends AppRoute, Message> = (
  input?: Input<Route>,
  options?: StreamOptions,
) => AsyncGenerator<Message, void, void>;

/** A contract as a tree of functions with the same structure. */
export type Operations<Router> = {
  readonly [Key in keyof Router]: Router[Key] extends AppRoute
    ? Router[Key]['responses'] extends StreamResponses<infer Message>
      ? Stream<Router[Key], Message>
      : Operation<Router[Key]>
    : Router[Key] extends AppRouter
      ? Operations<Router[Key]>
      : never;
};
