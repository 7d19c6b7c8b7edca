// What the console reads, and how it stays live. History and validations belong to a version of their order, so they
// are kept under it and asked for again exactly when it changes.

import { keepPreviousData, type QueryClient, useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query';
import { type Order, type OrderStatus, ProblemError } from '../../client/index.ts';
import { isBeingValidated, pollingIntervalMs } from './polling.ts';
import { service } from './service.ts';

const pageSize = 20;
const historyPageSize = 50;

/** `first`: the place of its first order in the list, counted from 1. */
export type OrderPage = Awaited<ReturnType<typeof service.orders.list>> & { first: number };

/** Where a page begins: behind a cursor and this many pages. */
type PageStart = { current: string | undefined; index: number };

export const keys = {
  orders: ['orders'] as const,
  lists: ['orders', 'list'] as const,
  order: (id: number) => ['orders', 'one', id] as const,
  stats: ['stats'] as const,
};

/** One page of the list, newest first. Without a cursor: the first. */
export function useOrderPage(status: OrderStatus | null, { current: cursor, index }: PageStart) {
  return useQuery({
    queryKey: [...keys.lists, { status, cursor }],
    queryFn: async ({ signal }): Promise<OrderPage> => {
      const narrowed = { ...(status && { status: [status] }), ...(cursor && { cursor }) };
      const page = await service.orders.list({ limit: pageSize, withTotal: true, ...narrowed }, { signal });
      return { ...page, first: index * pageSize + 1 };
    },
    placeholderData: keepPreviousData,
    refetchInterval: ({ state }) => pollingIntervalMs(state.data?.data.some(isBeingValidated) ?? false, state.error),
  });
}

/**
 * One order. What the list knows of it is shown until its own answer is there. One that is missing is asked for once.
 */
export function useOrder(orderId: number) {
  const queryClient = useQueryClient();
  return useQuery({
    queryKey: keys.order(orderId),
    queryFn: ({ signal }) => service.orders.get({ orderId }, { signal }),
    placeholderData: () => listedOrder(queryClient, orderId),
    refetchInterval: ({ state }) =>
      !isMissing(state.error) &&
      pollingIntervalMs(state.data !== undefined && isBeingValidated(state.data), state.error),
  });
}

/** Whether there is no such order, which asking again does not change. */
export function isMissing(error: Error | null): boolean {
  return error instanceof ProblemError && error.problem.code === 'not-found';
}

function listedOrder(queryClient: QueryClient, orderId: number): Order | undefined {
  const lists = queryClient.getQueriesData<OrderPage>({ queryKey: keys.lists });
  return lists.flatMap(([, page]) => page?.data ?? []).find((order) => order.id === orderId);
}

/** The counts by status. */
export function useStats() {
  return useQuery({
    queryKey: keys.stats,
    queryFn: ({ signal }) => service.stats.get({}, { signal }),
    refetchInterval: ({ state }) => pollingIntervalMs((state.data?.openValidations ?? 0) > 0, state.error),
  });
}

/** The history of an order, oldest first, a page at a time. */
export function useHistory({ id: orderId, version }: Order) {
  return useInfiniteQuery({
    queryKey: ['history', orderId, version],
    queryFn: ({ signal, pageParam: cursor }) =>
      service.orders.events({ orderId, limit: historyPageSize, ...(cursor && { cursor }) }, { signal }),
    initialPageParam: '',
    getNextPageParam: ({ page }) => page.nextCursor,
    placeholderData: keepPreviousData,
  });
}

/** The latest validation of an order; nothing is asked where there is none. */
export function useLatestValidation(order: Order) {
  const validationId = order.validation?.id ?? 0;
  return useQuery({
    queryKey: ['validation', validationId, order.version],
    queryFn: ({ signal }) => service.validations.get({ validationId }, { signal }),
    enabled: validationId > 0,
    placeholderData: (previous) => (previous?.id === validationId ? previous : undefined),
    refetchInterval: ({ state }) => isBeingValidated(order) && pollingIntervalMs(true, state.error),
  });
}
