// The types of the SDK. `tsc` checks them: each `@ts-expect-error` marks a line that must not compile.

import { describe, expect, expectTypeOf, test } from 'vitest';
import {
  type Call,
  type Client,
  type ConflictProblem,
  createClient,
  type Event,
  type EventType,
  isProblem,
  type List,
  type Order,
  type OrderApprovedEvent,
  type OrderPage,
  type OrderStatus,
  type ProblemCode,
  ProblemError,
  type UnknownEvent,
  type Validation,
} from '../../client/index.ts';
import { buildOrder } from '../kit/http/orders.ts';

/** Type-checks calls without sending them. */
function compile(_calls: (client: Client) => unknown): void {}

describe('calls that must not compile', () => {
  test('a missing or misspelled id is an error', () => {
    compile((client) => [
      // @ts-expect-error: orderId is missing
      client.orders.get({}),
      // @ts-expect-error: the input is missing
      client.orders.get(),
      // @ts-expect-error: the name is orderId
      client.orders.get({ id: 1 }),
      // @ts-expect-error: an id is a number
      client.orders.get({ orderId: '1' }),
      // @ts-expect-error: deliveryId is missing
      client.webhooks.delivery({ webhookId: 1 }),
    ]);
  });

  test('a wrong filter is an error', () => {
    compile((client) => [
      // @ts-expect-error: no such status
      client.orders.list({ status: ['OPEN'] }),
      // @ts-expect-error: no such filter
      client.orders.list({ state: 'CREATED' }),
      // @ts-expect-error: no such event type
      client.events.stream({ type: ['order.archived'] }),
      // @ts-expect-error: no such order
      client.orders.list({ sort: 'createdAt' }),
      // @ts-expect-error: a time is text or a Date
      client.orders.list({ createdFrom: 5 }),
    ]);
  });

  test('a field that the service does not read is an error', () => {
    compile((client) => [
      // @ts-expect-error: the status of an order cannot be written
      client.orders.create({ ...buildOrder(), status: 'APPROVED' }),
      // @ts-expect-error: an edit has no total
      client.orders.edit({ orderId: 1, total: 5 }),
      // @ts-expect-error: an approval has a note, not a reason
      client.orders.approve({ orderId: 1, reason: 'ok' }),
      // @ts-expect-error: an item has no total
      client.orders.create({ ...buildOrder(), items: [{ productId: 'a', quantity: 1, unitPrice: 1, total: 1 }] }),
      // @ts-expect-error: statistics have no filter
      client.stats.get({ status: 'CREATED' }),
    ]);
  });

  test('an option that has no effect is an error', () => {
    compile((client) => [
      // @ts-expect-error: a new order has no version
      client.orders.create(buildOrder(), { ifMatch: 1 }),
      // @ts-expect-error: a PUT is not idempotent by key
      client.orders.edit({ orderId: 1 }, { idempotencyKey: 'k' }),
      // @ts-expect-error: a GET needs no key
      client.orders.get({ orderId: 1 }, { idempotencyKey: 'k' }),
      // @ts-expect-error: a webhook has no version
      client.webhooks.pause({ webhookId: 1 }, { ifMatch: 1 }),
      // @ts-expect-error: only orders.get is conditional
      client.stats.get({}, { ifNoneMatch: 1 }),
      // @ts-expect-error: a stream is not retried a number of times
      client.events.stream({}, { maxRetries: 1 }),
    ]);
  });
});

describe('results', () => {
  test('results have the names of the resources', () => {
    compile((client) => {
      expectTypeOf(client.orders.create(buildOrder())).toEqualTypeOf<Call<Order>>();
      expectTypeOf(client.orders.list()).toEqualTypeOf<List<OrderPage, Order>>();
      expectTypeOf(client.validations.wait({ validationId: 1 })).toEqualTypeOf<Promise<Validation>>();
      expectTypeOf(client.webhooks.delete({ webhookId: 1 })).resolves.toEqualTypeOf<undefined>();
    });
  });

  test('a conditional read may return nothing, and any other read returns the order', () => {
    compile((client) => {
      expectTypeOf(client.orders.get({ orderId: 1 })).resolves.toEqualTypeOf<Order>();
      expectTypeOf(client.orders.get({ orderId: 1 }, { timeoutMs: 1 })).resolves.toEqualTypeOf<Order>();
      expectTypeOf(client.orders.get({ orderId: 1 }, { ifNoneMatch: 1 })).resolves.toEqualTypeOf<Order | undefined>();
    });
  });

  test('times of filters may be dates or text, and a list of one status needs no array', () => {
    compile((client) => [
      client.orders.list({ createdFrom: new Date(), createdTo: '2026-05-04T10:15:30Z' }),
      client.orders.list({ status: ['CREATED', 'VALIDATED'] }),
      client.orders.list({ status: 'CREATED' }),
      client.events.list({ type: 'order.approved' }),
    ]);
  });

  test('options may be undefined under exactOptionalPropertyTypes', () => {
    compile((client) => [
      client.orders.list({ status: undefined, cursor: undefined }, { signal: undefined }),
      client.orders.approve({ orderId: 1, note: undefined }, { ifMatch: undefined, idempotencyKey: undefined }),
      createClient({ baseUrl: '', token: undefined, fetch: undefined }),
    ]);
  });
});

describe('values of a newer service', () => {
  test('statuses, event types and problem codes are open', () => {
    expectTypeOf<'ARCHIVED'>().toExtend<OrderStatus>();
    expectTypeOf<'ARCHIVED'>().toExtend<Order['status']>();
    expectTypeOf<'order.archived'>().toExtend<EventType>();
    expectTypeOf<Event['type']>().toExtend<EventType>();
    expectTypeOf<'quota-exceeded'>().toExtend<ProblemCode>();
    expectTypeOf<'suspended'>().toExtend<Validation['state']>();
  });

  test('a switch over the types of events narrows their data, and needs a default', () => {
    const describeEvent = (event: Event): string => {
      switch (event.type) {
        case 'order.approved':
          expectTypeOf(event).toEqualTypeOf<OrderApprovedEvent>();
          return event.data.note ?? '';
        case 'order.created':
          return event.data.order.customerId;
        default:
          return event.type;
      }
    };
    expectTypeOf(describeEvent).returns.toEqualTypeOf<string>();
    // @ts-expect-error: a newer service may send other types
    const isComplete = (event: Extract<Event, OrderApprovedEvent | UnknownEvent>): string => {
      if (event.type === 'order.approved') return '';
    };
    expectTypeOf(isComplete).toBeFunction();
  });

  test('isProblem narrows an error to the members of the problem', () => {
    const read = (error: unknown) => {
      if (isProblem(error, 'conflict')) {
        expectTypeOf(error.problem).toExtend<ConflictProblem>();
        expectTypeOf(error.problem.orderId).toEqualTypeOf<number | undefined>();
        expectTypeOf(error.code).toEqualTypeOf<'conflict'>();
      }
      if (isProblem(error)) expectTypeOf(error).toEqualTypeOf<ProblemError>();
      // @ts-expect-error: no such problem
      isProblem(error, 'teapot');
      if (error instanceof ProblemError) expectTypeOf(error.problem).not.toBeAny();
    };
    expect(read(new Error('other'))).toBeUndefined();
  });
});
