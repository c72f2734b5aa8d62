import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query';
import { ApiError } from './problem';
import { keys } from './queries';

/** The cache of the control plane's answers. A 401 anywhere means that nobody is signed in any more. */
export function newQueryClient(): QueryClient {
  const onError = (error: Error) => {
    if (error instanceof ApiError && error.status === 401) endSession(client);
  };
  const client = new QueryClient({
    queryCache: new QueryCache({ onError }),
    mutationCache: new MutationCache({ onError }),
    defaultOptions: {
      queries: {
        staleTime: 30_000,
        // A refusal stays a refusal; only what did not get through is worth another try.
        retry: (failures, error) =>
          failures < 2 && !(error instanceof ApiError && error.status >= 400 && error.status < 500),
        retryDelay: 500,
      },
    },
  });
  return client;
}

/** Forgets the account and everything that was seen with it. */
export function endSession(client: QueryClient) {
  client.setQueryData(keys.me, null);
  client.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== keys.me[0] });
}
