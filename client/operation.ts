// The types of the SDK, derived from the contract: one flat input of path, query and body; the body of the success out.

import type { AppRoute, AppRouter } from '@ts-rest/core';
import type { z } from 'zod';
import type { StreamText } from '../contract/stream.ts';
import type { StreamOptions } from './stream.ts';

/** What holds for one request; the rest comes from the client. */
export type RequestOptions = {
  /** Gives the request up; the operation then throws the reason of the signal. */
  signal?: AbortSignal;
  /** Headers besides those of the client; they win over them. */
  headers?: Record<string, string>;
  /** How long the answer may take, in milliseconds. @default the client's, 30,000 */
  timeoutMs?: number;
  /**
   * The version of the order that was seen: where it has another by now, the operation throws `version-mismatch` and
   * changes nothing.
   */
  ifMatch?: number;
  /**
   * Makes a POST safe to repeat: with the same key and the same input, within 24 hours, it is answered as the first
   * time and done once. 1 to 255 visible ASCII characters, such as a UUID. Edits take no notice of it: they have
   * `ifMatch`.
   */
  idempotencyKey?: string;
};

type Parsed<Schema> = Schema extends z.ZodType ? z.output<Schema> : unknown;

/** Optional where the wire lets a parameter be absent, with the type that it has once parsed. */
type QueryInput<Schema> = Schema extends z.ZodType
  ? { [Key in keyof z.input<Schema>]: Key extends keyof z.output<Schema> ? z.output<Schema>[Key] : never }
  : unknown;

type BodyInput<Schema> = Schema extends z.ZodType ? NonNullable<z.input<Schema>> : unknown;

type PathOf<Route> = Route extends { pathParams: infer Schema } ? Parsed<Schema> : unknown;
type QueryOf<Route> = Route extends { query: infer Schema } ? QueryInput<Schema> : unknown;
/** Where the body may be absent, so may each of its fields. */
type BodyOf<Route> = Route extends { body: infer Schema }
  ? Schema extends z.ZodOptional
    ? Partial<BodyInput<Schema>>
    : BodyInput<Schema>
  : unknown;

/** An object without fields has an index signature in zod's types; here it has nothing to say. */
type Fields<Type> = string extends keyof Type ? unknown : Type;

type Flat<Type> = { [Key in keyof Type]: Type[Key] };

/** Everything an operation is told, in one object. */
type Input<Route extends AppRoute> = Flat<Fields<PathOf<Route>> & Fields<QueryOf<Route>> & Fields<BodyOf<Route>>>;

type SuccessStatus = 200 | 201 | 202 | 204;

/** What an operation answers; undefined where that is nothing. */
type Output<Route extends AppRoute> = {
  [Status in keyof Route['responses'] & SuccessStatus]: Status extends 204
    ? undefined
    : Parsed<Route['responses'][Status]>;
}[keyof Route['responses'] & SuccessStatus];

/**
 * One endpoint as a function.
 * @throws ProblemError the service refused
 * @throws ConnectionError no answer came
 * @throws UnexpectedResponseError something else answered
 */
type Operation<Route extends AppRoute> =
  object extends Input<Route>
    ? (input?: Input<Route>, options?: RequestOptions) => Promise<Output<Route>>
    : (input: Input<Route>, options?: RequestOptions) => Promise<Output<Route>>;

/** What a route answers whose success is a stream. */
type StreamResponses<Message> = { 200: { body: z.ZodType<StreamText<Message>> } };

/**
 * A stream, which connects again and goes on behind its last message whenever it is lost, and never ends by itself:
 * leave the loop, or give a signal. Messages of a newer service may have types that this SDK does not know.
 * @throws ProblemError, UnexpectedResponseError at a refusal that does not pass with time; the reason of the signal
 */
type Stream<Route extends AppRoute, Message> = (
  input?: Input<Route>,
  options?: StreamOptions,
) => AsyncGenerator<Message, void, void>;

/** A contract as an object of functions, in the same tree. */
export type Operations<Router> = {
  readonly [Key in keyof Router]: Router[Key] extends AppRoute
    ? Router[Key]['responses'] extends StreamResponses<infer Message>
      ? Stream<Router[Key], Message>
      : Operation<Router[Key]>
    : Router[Key] extends AppRouter
      ? Operations<Router[Key]>
      : never;
};
