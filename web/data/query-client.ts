// The cache of all that was read. It never gives up on a lost connection: whatever is on show is asked for again
// by its own poll, and the first answer brings everything else up to date.

import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query';
import { ConnectionError } from '../../client/index.ts';
import { reportConnection } from './connection.ts';

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
      // `always`: whether this machine is online says nothing about a service on it or beside it.
      queries: { networkMode: 'always', retry: false, staleTime: 1_000 },
      mutations: { networkMode: 'always', retry: false },
    },
  });
  return client;
}
