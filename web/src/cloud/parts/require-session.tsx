import { useQuery } from '@tanstack/react-query';
import { useRef } from 'react';
import { Navigate, Outlet, useLocation } from 'react-router';
import { Door } from '../../ui/layout';
import { ErrorState } from '../../ui/placeholder';
import { meQuery } from '../api/queries';
import { paths } from '../paths';
import { MeContext } from '../session';
import { Prove } from './prove';

/** Shows its pages to who is signed in; others go to the sign-in page, which leads back here. */
export function RequireSession() {
  const { data: me, error, refetch } = useQuery(meQuery);
  const location = useLocation();
  const wasSignedIn = useRef(false);

  if (me === undefined) {
    if (error === null) return null;
    return (
      <Door title="Podium is not there">
        <ErrorState title="No answer" onRetry={() => void refetch()}>
          {error.message}
        </ErrorState>
      </Door>
    );
  }
  if (me === null) {
    const here = location.pathname + location.search;
    const query = new URLSearchParams({
      ...(here !== paths.home && { next: here }),
      ...(wasSignedIn.current && { expired: 'true' }),
    });
    return <Navigate to={{ pathname: paths.signIn, search: query.toString() }} replace />;
  }
  wasSignedIn.current = true;
  return (
    <MeContext value={me}>
      <Outlet />
      <Prove />
    </MeContext>
  );
}
