// What the console writes. The answer goes into the caches at once; what else may have changed is asked for again.

import { type QueryClient, useQueryClient } from '@tanstack/react-query';
import type { NewOrderInput, Order, OrderEdit, Validation } from '../../client/index.ts';
import { keys, type OrderPage } from './queries.ts';
import { service } from './service.ts';
import { useCommand } from './use-command.ts';

export function useCreateOrder() {
  return useOrderCommand((content: NewOrderInput) => service.orders.create(content));
}

export function useEditOrder(orderId: number) {
  return useOrderCommand((edit: OrderEdit) => service.orders.edit({ orderId, ...edit }));
}

/** Approves with a note; an empty one is not sent. */
export function useApproveOrder(orderId: number) {
  return useOrderCommand((note: string) => service.orders.approve({ orderId, ...(note && { note }) }));
}

/** Rejects for a reason; an empty one is not sent. */
export function useRejectOrder(orderId: number) {
  return useOrderCommand((reason: string) => service.orders.reject({ orderId, ...(reason && { reason }) }));
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
