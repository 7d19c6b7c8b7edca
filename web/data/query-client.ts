// The query cache. After a lost connection, each visible query retries with its own poll, and the first response
// invalidates all other queries.

import { ConnectionError } from '@order-workflow/client';
import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query';
import { reportConnection } from './connection.ts';

/** Creates the query client and connects it to the connection state. */
export function createQueryClient(): QueryClient {
  const onSuccess = () => {
    if (reportConnection(true)) void client.invalidateQueries();
  };
  const onError = (error: Error) => {
    if (error instanceof ConnectionError) return void reportConnection(false);
    onSuccess();
  };
  const client = new QueryClient({
    queryCache: new QueryCache({ onSuccess, onError }),
    mutationCache: new MutationCache({ onSuccess, onError }),
    defaultOptions: {
      // `always`: an offline machine can still reach a service on itself or in its network.
      queries: { networkMode: 'always', retry: false, staleTime: 1_000 },
      mutations: { networkMode: 'always', retry: false },
    },
  });
  return client;
}
