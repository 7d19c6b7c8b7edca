// What the console writes. The answer goes into the caches at once; what else may have changed is asked for again.

import { type QueryClient, useQueryClient } from '@tanstack/react-query';
import { useRef } from 'react';
import type { NewOrderInput, Order, OrderEdit, Validation } from '../../client/index.ts';
import { keys, type OrderPage } from './queries.ts';
import { service } from './service.ts';
import { useCommand } from './use-command.ts';

/** Creates an order: one, also when its answer is lost and the same is sent once more. */
export function useCreateOrder() {
  const sent = useRef({ text: '', idempotencyKey: '' });
  return useOrderCommand((content: NewOrderInput) => {
    const text = JSON.stringify(content);
    if (sent.current.text !== text) sent.current = { text, idempotencyKey: newKey() };
    return service.orders.create(content, { idempotencyKey: sent.current.idempotencyKey });
  });
}

/** Edits an order. Its lines are replaced whole, and so only on the version that was seen. */
export function useEditOrder({ id: orderId, version }: Order) {
  return useOrderCommand((edit: OrderEdit) =>
    service.orders.edit({ orderId, ...edit }, edit.items === undefined ? {} : { ifMatch: version }),
  );
}

/** Approves the version that was seen, with a note; an empty one is not sent. */
export function useApproveOrder({ id: orderId, version: ifMatch }: Order) {
  return useOrderCommand((note: string) => service.orders.approve({ orderId, ...(note && { note }) }, { ifMatch }));
}

/** Rejects the version that was seen, for a reason; an empty one is not sent. */
export function useRejectOrder({ id: orderId, version: ifMatch }: Order) {
  return useOrderCommand((reason: string) =>
    service.orders.reject({ orderId, ...(reason && { reason }) }, { ifMatch }),
  );
}

export function useValidateOrder(orderId: number) {
  return useValidationCommand(async () => (await service.orders.validate({ orderId })).validation);
}

/** Retries the validation with this id. */
export function useRetryValidation() {
  return useValidationCommand((validationId: number) => service.validations.retry({ validationId }));
}

function useOrderCommand<Input>(run: (input: Input) => Promise<Order>) {
  const queryClient = useQueryClient();
  return useCommand({
    mutationFn: run,
    onSuccess: async (order) => {
      await rewrite(queryClient, order.id, () => order);
      queryClient.setQueryData<Order>(keys.order(order.id), order);
    },
    onSettled: () => refresh(queryClient),
  });
}

function useValidationCommand<Input = void>(run: (input: Input) => Promise<Validation>) {
  const queryClient = useQueryClient();
  return useCommand({
    mutationFn: run,
    onSuccess: ({ id, orderId }) =>
      rewrite(queryClient, orderId, (order) => ({ ...order, validation: { id, state: 'open' } })),
    onSettled: () => refresh(queryClient),
  });
}

/** 128 bits of chance. `randomUUID` is missing in pages that came by plain HTTP from another machine. */
function newKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Rewrites an order wherever it is kept. Reads under way are given up, as they may bring what was before. */
async function rewrite(queryClient: QueryClient, orderId: number, change: (order: Order) => Order): Promise<void> {
  await queryClient.cancelQueries({ queryKey: keys.orders });
  const changeIfSame = (order: Order) => (order.id === orderId ? change(order) : order);
  queryClient.setQueryData<Order>(keys.order(orderId), (order) => order && change(order));
  queryClient.setQueriesData<OrderPage>(
    { queryKey: keys.lists },
    (page) => page && { ...page, data: page.data.map(changeIfSame) },
  );
}

function refresh(queryClient: QueryClient): void {
  void queryClient.invalidateQueries({ queryKey: keys.orders });
  void queryClient.invalidateQueries({ queryKey: keys.stats });
}
