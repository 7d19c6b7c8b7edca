// Query hooks. The keys of history and validation contain the version of their order, so that these are read again
// exactly when the order changes.

import { type Identity, type KnownOrderStatus, type Order, ProblemError } from '@order-workflow/client';
import { keepPreviousData, type QueryClient, useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query';
import { useSession } from '../session/session.ts';
import { isBeingValidated, pollingIntervalMs } from './polling.ts';
import { sdk } from './sdk.ts';

const pageSize = 20;
const historyPageSize = 50;

/** A page of the list. `first` is the position of its first order in the whole list, counted from 1. */
export type OrderPage = Awaited<ReturnType<typeof sdk.orders.list>> & { first: number };

/** The start of a page: its cursor, and its index, counted from 0. */
type PageStart = { current: string | undefined; index: number };

/** Keys of the query cache. `orders` is the prefix of `lists` and of every `order`. */
export const keys = {
  orders: ['orders'] as const,
  lists: ['orders', 'list'] as const,
  order: (id: number) => ['orders', 'one', id] as const,
  stats: ['stats'] as const,
  identity: (subject: string | null) => ['identity', subject] as const,
};

/** A page of the list, newest orders first. Without a cursor it is the first page. */
export function useOrderPage(status: KnownOrderStatus | null, { current: cursor, index }: PageStart) {
  return useQuery({
    queryKey: [...keys.lists, { status, cursor }],
    queryFn: async ({ signal }): Promise<OrderPage> => {
      const filters = { ...(status && { status: [status] }), ...(cursor && { cursor }) };
      const page = await sdk.orders.list({ limit: pageSize, withTotal: true, ...filters }, { signal });
      return { ...page, first: index * pageSize + 1 };
    },
    placeholderData: keepPreviousData,
    refetchInterval: ({ state }) => pollingIntervalMs(state.data?.data.some(isBeingValidated) ?? false, state.error),
  });
}

/** An order. Returns the copy from a cached list until the response arrives. A missing order is requested only once. */
export function useOrder(orderId: number) {
  const queryClient = useQueryClient();
  return useQuery({
    queryKey: keys.order(orderId),
    queryFn: ({ signal }) => sdk.orders.get({ orderId }, { signal }),
    placeholderData: () => findListedOrder(queryClient, orderId),
    refetchInterval: ({ state }) =>
      !isMissing(state.error) &&
      pollingIntervalMs(state.data !== undefined && isBeingValidated(state.data), state.error),
  });
}

/** Whether an error means that the order does not exist. */
export function isMissing(error: Error | null): boolean {
  return error instanceof ProblemError && error.problem.code === 'not-found';
}

function findListedOrder(queryClient: QueryClient, orderId: number): Order | undefined {
  const lists = queryClient.getQueriesData<OrderPage>({ queryKey: keys.lists });
  return lists.flatMap(([, page]) => page?.data ?? []).find((order) => order.id === orderId);
}

/** The number of orders by status, and of open validations. */
export function useStats() {
  return useQuery({
    queryKey: keys.stats,
    queryFn: ({ signal }) => sdk.stats.get({}, { signal }),
    refetchInterval: ({ state }) => pollingIntervalMs((state.data?.openValidations ?? 0) > 0, state.error),
  });
}

/** The events of an order, oldest first, in pages. */
export function useHistory({ id: orderId, version }: Order) {
  return useInfiniteQuery({
    queryKey: ['history', orderId, version],
    queryFn: ({ signal, pageParam: cursor }) =>
      sdk.orders.events({ orderId, limit: historyPageSize, ...(cursor && { cursor }) }, { signal }),
    initialPageParam: '',
    getNextPageParam: ({ page }) => page.nextCursor,
    placeholderData: keepPreviousData,
  });
}

/** The latest validation of an order. Sends no request if the order has none. */
export function useLatestValidation(order: Order) {
  const validationId = order.validation?.id ?? 0;
  return useQuery({
    queryKey: ['validation', validationId, order.version],
    queryFn: ({ signal }) => sdk.validations.get({ validationId }, { signal }),
    enabled: validationId > 0,
    placeholderData: (previous) => (previous?.id === validationId ? previous : undefined),
    refetchInterval: ({ state }) => isBeingValidated(order) && pollingIntervalMs(true, state.error),
  });
}

/**
 * The identity of the signed-in user as the service sees it. Undefined until the response arrives, and if nobody is
 * signed in.
 */
export function useIdentity(): Identity | undefined {
  const { subject, signInPrompt } = useSession();
  const { data } = useQuery({
    queryKey: keys.identity(subject),
    queryFn: ({ signal }) => sdk.identity.get({}, { signal }),
    enabled: subject !== null && signInPrompt === undefined,
    staleTime: Number.POSITIVE_INFINITY,
  });
  return data;
}
