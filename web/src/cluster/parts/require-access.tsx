import { useQuery, useQueryClient } from '@tanstack/react-query';
import { createContext, type ReactNode, useContext, useEffect, useLayoutEffect, useMemo } from 'react';
import { Outlet, useMatches } from 'react-router';
import { Door } from '../../ui/layout';
import { ErrorState, Loading, Skeleton } from '../../ui/placeholder';
import { enterCluster, onRefusal, useAccess } from '../access';
import { throughCluster } from '../base';
import { infoQuery, meQuery } from '../client/queries';
import type { Info } from '../client/types';
import { type Need, Rights } from '../rights';
import { AccessDoor, ThroughDoor } from './access-door';
import { FenceBanner } from './fence-banner';
import { Frame } from './frame';
import { Refused } from './refused';

const InfoContext = createContext<Info | undefined>(undefined);

/** Which cluster this is, for everything under RequireAccess. */
export function useInfo(): Info {
  const info = useContext(InfoContext);
  if (info === undefined) throw new Error('useInfo needs RequireAccess above it');
  return info;
}

const RightsContext = createContext<Rights | undefined>(undefined);

/** What the viewer may do, for everything under RequireAccess. */
export function useRights(): Rights {
  const rights = useContext(RightsContext);
  if (rights === undefined) throw new Error('useRights needs RequireAccess above it');
  return rights;
}

/** What a route tells of itself: what one must be allowed to see its page. */
export interface RouteHandle {
  need?: (params: Record<string, string | undefined>) => Need;
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
      <WithRights>
        <Frame info={info.data}>
          <FenceBanner />
          <Guarded />
        </Frame>
      </WithRights>
    </InfoContext>
  );
}

/** Finds out what the viewer may do, and does so again when something is refused. */
function WithRights({ children }: { children: ReactNode }) {
  const me = useQuery(meQuery);
  const client = useQueryClient();
  useEffect(() => onRefusal(() => void client.invalidateQueries({ queryKey: meQuery.queryKey })), [client]);
  const rights = useMemo(() => me.data && new Rights(me.data), [me.data]);
  if (rights === undefined) {
    if (me.error === null) {
      return (
        <Loading label="Opening the cluster">
          <Skeleton height={480} />
        </Loading>
      );
    }
    return (
      <Door title="The cluster does not say what you may do">
        <ErrorState title="No answer" onRetry={() => void me.refetch()}>
          {me.error.message}
        </ErrorState>
      </Door>
    );
  }
  return <RightsContext value={rights}>{children}</RightsContext>;
}

/** The page, or what is missing to see it. */
function Guarded() {
  const rights = useRights();
  const page = useMatches().at(-1);
  const need = (page?.handle as RouteHandle | undefined)?.need?.(page?.params ?? {});
  const obstacle = need && rights.lacks(need);
  return obstacle === undefined ? <Outlet /> : <Refused>{obstacle}</Refused>;
}
