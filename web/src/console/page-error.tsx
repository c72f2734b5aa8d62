import { isRouteErrorResponse, useRouteError } from 'react-router';
import { Door } from '../ui/layout';
import { ErrorState } from '../ui/placeholder';

/** Stands in for a page that broke. */
export function PageError() {
  const error = useRouteError();
  return (
    <Door title="This page broke">
      <ErrorState title="Something went wrong here" onRetry={() => window.location.reload()}>
        Nothing that runs is affected. Load the page again; if it breaks again, tell us what it says:{' '}
        <code>{textOf(error)}</code>
      </ErrorState>
    </Door>
  );
}

function textOf(error: unknown): string {
  if (isRouteErrorResponse(error)) return `${error.status} ${error.statusText}`;
  return error instanceof Error ? error.message : String(error);
}
