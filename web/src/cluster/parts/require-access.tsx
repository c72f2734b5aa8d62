import { useQuery, useQueryClient } from '@tanstack/react-query';
import { createContext, useContext, useLayoutEffect } from 'react';
import { Outlet } from 'react-router';
import { Door } from '../../ui/layout';
import { ErrorState } from '../../ui/placeholder';
import { enterCluster, useAccess } from '../access';
import { throughCluster } from '../base';
import { infoQuery } from '../client/queries';
import type { Info } from '../client/types';
import { AccessDoor, ThroughDoor } from './access-door';
import { Frame } from './frame';

const InfoContext = createContext<Info | undefined>(undefined);

/** Which cluster this is, for everything under RequireAccess. */
export function useInfo(): Info {
  const info = useContext(InfoContext);
  if (info === undefined) throw new Error('useInfo needs RequireAccess above it');
  return info;
}

/**
 * Shows the pages to who may see them. Others get the door, at the same address, so that the page they wanted is there
 * as soon as they are in.
 */
export function RequireAccess() {
  const info = useQuery(infoQuery);
  const access = useAccess();
  const client = useQueryClient();
  const clusterId = info.data?.clusterId;
  useLayoutEffect(() => {
    if (clusterId !== undefined) enterCluster(clusterId);
  }, [clusterId]);
  const open = info.data?.auth === 'none' || access.token !== undefined;
  useLayoutEffect(() => {
    // What was seen with a token is not for who comes without one.
    if (!open) client.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== infoQuery.queryKey[0] });
  }, [open, client]);

  // Through the cloud nothing is answered without a token, and keys are for applications beside the data plane.
  if (throughCluster !== undefined && access.token === undefined) return <ThroughDoor />;
  if (info.data === undefined) {
    if (info.error === null) return null;
    return (
      <Door title="The cluster is not there">
        <ErrorState title="No answer" onRetry={() => void info.refetch()}>
          {info.error.message}
        </ErrorState>
      </Door>
    );
  }
  if (access.clusterId === undefined) return null;
  if (!open) return <AccessDoor info={info.data} expired={access.refused} />;
  return (
    <InfoContext value={info.data}>
      <Frame info={info.data}>
        <Outlet />
      </Frame>
    </InfoContext>
  );
}
