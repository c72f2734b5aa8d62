import { QueryClient } from '@tanstack/react-query';
import { ApiError } from './call';

/** The cache of the data plane's answers. Changes arrive by push, so nothing is asked for again on its own soon. */
export function newQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 5000,
        // A refusal stays a refusal; only what did not get through is worth another try.
        retry: (failures, error) =>
          failures < 2 && !(error instanceof ApiError && error.status >= 400 && error.status < 500),
        retryDelay: 500,
      },
    },
  });
}
