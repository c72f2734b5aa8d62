import { type QueryClient, useQueryClient } from '@tanstack/react-query';
import { useRef } from 'react';
import type { StreamEvent } from '../../live/event-stream';
import type { LiveState } from '../../live/subscribe';
import { useSubscription } from '../../live/use-subscription';
import { apiRoot, type Cluster, type Operation } from './client';
import { keys } from './queries';
import { endSession } from './query-client';

/** Puts one event of an organization's stream into the cached answers, so that every page shows it at once. */
export function applyEvent(client: QueryClient, org: string, { event, data }: StreamEvent) {
  switch (event) {
    case 'cluster':
      applyCluster(client, org, JSON.parse(data) as Cluster);
      return;
    case 'cluster-deleted': {
      const { name } = JSON.parse(data) as { name: string };
      client.setQueryData<Cluster[]>(keys.clusters(org), (all) => all?.filter((one) => one.name !== name));
      client.removeQueries({ queryKey: keys.cluster(org, name) });
      return;
    }
    case 'operation':
      applyOperation(client, JSON.parse(data) as Operation);
  }
}

function applyCluster(client: QueryClient, org: string, cluster: Cluster) {
  client.setQueryData(keys.cluster(org, cluster.name), cluster);
  client.setQueryData<Cluster[]>(keys.clusters(org), (all) => {
    if (all === undefined) return undefined;
    const others = all.filter((one) => one.name !== cluster.name);
    return [...others, cluster].sort((one, two) => (one.name < two.name ? -1 : 1));
  });
}

function applyOperation(client: QueryClient, operation: Operation) {
  const { id, organization: org, cluster, state } = operation;
  client.setQueryData(keys.operation(id), operation);
  client.setQueryData<Operation[]>(keys.operations(org), (all) => {
    if (all === undefined) return undefined;
    const known = all.some((one) => one.id === id);
    return known ? all.map((one) => (one.id === id ? operation : one)) : [operation, ...all];
  });
  void client.invalidateQueries({ queryKey: keys.execution(id) });
  if (state === 'RUNNING') return;
  void client.invalidateQueries({ queryKey: keys.cluster(org, cluster) });
  void client.invalidateQueries({ queryKey: keys.backups(org, cluster) });
}

/** Follows an organization. What was missed between two connections is read again. */
export function useLiveOrganization(org: string): LiveState {
  const client = useQueryClient();
  const connectedBefore = useRef(false);
  const state = useSubscription(`${apiRoot}/organizations/${encodeURIComponent(org)}/events`, {
    onEvent: (event) => applyEvent(client, org, event),
    onRefused: (status) => {
      if (status === 401) endSession(client);
    },
    onState: (next) => {
      if (next !== 'live') return;
      if (connectedBefore.current) void client.invalidateQueries({ queryKey: keys.organization(org) });
      connectedBefore.current = true;
    },
  });
  return state;
}

/** Follows an operation until it has ended; its execution is read again with each change. */
export function useLiveOperation(id: string, known: Operation | undefined): LiveState {
  const client = useQueryClient();
  const running = known === undefined || known.state === 'RUNNING';
  return useSubscription(running ? `${apiRoot}/operations/${encodeURIComponent(id)}/events` : undefined, {
    onEvent: ({ event, data }) => {
      if (event === 'operation') applyOperation(client, JSON.parse(data) as Operation);
    },
    onRefused: (status) => {
      if (status === 401) endSession(client);
    },
    isComplete: () => client.getQueryData<Operation>(keys.operation(id))?.state !== 'RUNNING',
  });
}
