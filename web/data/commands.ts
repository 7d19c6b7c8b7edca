// Mutation hooks. Each one writes the response into the query cache, and then invalidates other cached data that the
// change affects.

import type { NewOrder, Order, OrderEdit, Validation } from '@order-workflow/client';
import { type QueryClient, useQueryClient } from '@tanstack/react-query';
import { useRef } from 'react';
import { keys, type OrderPage } from './queries.ts';
import { sdk } from './sdk.ts';
import { useCommand } from './use-command.ts';

/**
 * Creates an order. If the response is lost and the user submits the same content again, the idempotency key is sent
 * again, so that only one order is created.
 */
export function useCreateOrder() {
  const lastAttempt = useRef({ text: '', idempotencyKey: '' });
  return useOrderCommand((content: NewOrder) => {
    const text = JSON.stringify(content);
    if (lastAttempt.current.text !== text) lastAttempt.current = { text, idempotencyKey: createIdempotencyKey() };
    return sdk.orders.create(content, { idempotencyKey: lastAttempt.current.idempotencyKey });
  });
}

/** Edits an order. Requires the given version if the edit contains items, because it replaces all of them. */
export function useEditOrder({ id: orderId, version }: Order) {
  return useOrderCommand((edit: OrderEdit) =>
    sdk.orders.edit({ orderId, ...edit }, edit.items === undefined ? {} : { ifMatch: version }),
  );
}

/** Approves the given version of an order. An empty note is not sent. */
export function useApproveOrder({ id: orderId, version: ifMatch }: Order) {
  return useOrderCommand((note: string) => sdk.orders.approve({ orderId, ...(note && { note }) }, { ifMatch }));
}

/** Rejects the given version of an order. An empty reason is not sent. */
export function useRejectOrder({ id: orderId, version: ifMatch }: Order) {
  return useOrderCommand((reason: string) => sdk.orders.reject({ orderId, ...(reason && { reason }) }, { ifMatch }));
}

/** Starts the validation of an order. */
export function useValidateOrder(orderId: number) {
  return useValidationCommand(async () => (await sdk.orders.validate({ orderId })).validation);
}

/** Retries a dead validation, given its id. */
export function useRetryValidation() {
  return useValidationCommand((validationId: number) => sdk.validations.retry({ validationId }));
}

function useOrderCommand<Variables>(run: (variables: Variables) => Promise<Order>) {
  const queryClient = useQueryClient();
  return useCommand({
    mutationFn: run,
    onSuccess: async (order) => {
      await updateCachedOrder(queryClient, order.id, () => order);
      queryClient.setQueryData<Order>(keys.order(order.id), order);
    },
    onSettled: () => refresh(queryClient),
  });
}

function useValidationCommand<Variables = void>(run: (variables: Variables) => Promise<Validation>) {
  const queryClient = useQueryClient();
  return useCommand({
    mutationFn: run,
    onSuccess: ({ id, orderId }) =>
      updateCachedOrder(queryClient, orderId, (order) => ({ ...order, validation: { id, state: 'open' } })),
    onSettled: () => refresh(queryClient),
  });
}

/** 128 random bits. `crypto.randomUUID` is available in secure contexts only, so not over plain HTTP. */
function createIdempotencyKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Updates every cached copy of an order. Cancels reads in progress, because they could return the old state. */
async function updateCachedOrder(
  queryClient: QueryClient,
  orderId: number,
  update: (order: Order) => Order,
): Promise<void> {
  await queryClient.cancelQueries({ queryKey: keys.orders });
  const updateIfSame = (order: Order) => (order.id === orderId ? update(order) : order);
  queryClient.setQueryData<Order>(keys.order(orderId), (order) => order && update(order));
  queryClient.setQueriesData<OrderPage>(
    { queryKey: keys.lists },
    (page) => page && { ...page, data: page.data.map(updateIfSame) },
  );
}

function refresh(queryClient: QueryClient): void {
  void queryClient.invalidateQueries({ queryKey: keys.orders });
  void queryClient.invalidateQueries({ queryKey: keys.stats });
}
