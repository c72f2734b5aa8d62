import type { UseQueryResult } from '@tanstack/react-query';
import { Lock } from 'lucide-react';
import type { ReactNode } from 'react';
import { EmptyState, ErrorState, Loading } from '../ui/placeholder';

export interface LoadedProps<T> {
  query: UseQueryResult<T>;
  /** What is loaded, such as "clusters". */
  what: string;
  /** Skeletons of the size of what will come. */
  skeleton: ReactNode;
  children: (data: T) => ReactNode;
}

/** Shows the answer of a query, what stands in for it until it is there, or what to do when it does not come. */
export function Loaded<T>({ query, what, skeleton, children }: LoadedProps<T>) {
  if (query.data !== undefined) return children(query.data);
  if (query.error !== null && 'status' in query.error && query.error.status === 403) {
    return (
      <EmptyState icon={<Lock size={32} aria-hidden />} title={`You may not see the ${what}`}>
        {query.error.message}
      </EmptyState>
    );
  }
  if (query.error !== null) {
    return (
      <ErrorState title={`The ${what} could not be loaded`} onRetry={() => void query.refetch()}>
        {query.error.message}
      </ErrorState>
    );
  }
  return <Loading label={`Loading ${what}`}>{skeleton}</Loading>;
}
