// Creates a client: an operation for every route of the generated route table.

import { type Call, createCall } from './call.ts';
import { type ClientEnvironment, defaultEnvironment } from './environment.ts';
import type { Operations, OrdersOperations, ValidationsOperations } from './generated/operations.ts';
import { routes } from './generated/routes.ts';
import { PageList } from './list.ts';
import type { ClientOptions, CommandOptions, StreamOptions } from './options.ts';
import type { FlatInput } from './request/build-request.ts';
import { type ApiOperation, type ClientContext, execute } from './request/execute.ts';
import { subscribeToStream } from './streams/subscribe-to-stream.ts';
import { createWaiting, type OrderWaiting, type ValidationWaiting } from './waiting.ts';

/** All endpoints of the service as functions, grouped by resource: `client.orders.create({…})`. */
export interface Client extends Operations {
  readonly orders: OrdersOperations & OrderWaiting;
  readonly validations: ValidationsOperations & ValidationWaiting;
}

/**
 * Creates a client of the service. A client holds no connection and needs no closing.
 * @param environment time and randomness, for tests
 */
export function createClient(options: ClientOptions, environment: ClientEnvironment = defaultEnvironment): Client {
  const context = { options, environment };
  const groups = Object.entries(routes).map(([group, operations]) => {
    const functions = Object.entries(operations).map(([name, route]) => {
      return [name, createFunction(context, { name: `${group}.${name}`, route })];
    });
    return [group, Object.fromEntries(functions)];
  });
  // The types are generated from the same contract as the table.
  const operations = Object.fromEntries(groups) as Operations;
  const { createAndWait, validateAndWait, wait } = createWaiting(operations, environment);
  return {
    ...operations,
    orders: { ...operations.orders, createAndWait, validateAndWait },
    validations: { ...operations.validations, wait },
  };
}

function createFunction(context: ClientContext, operation: ApiOperation) {
  const { isStream, paging } = operation.route;
  if (isStream) {
    return (input: FlatInput = {}, options: StreamOptions = {}) =>
      subscribeToStream(context, operation, input, options);
  }
  if (!paging) {
    return (input: FlatInput = {}, options: CommandOptions = {}): Call<unknown> =>
      createCall(execute(context, operation, input, options));
  }
  return (input: FlatInput = {}, options: CommandOptions = {}) =>
    new PageList(input, paging, (page) => execute(context, operation, page, options) as never);
}
