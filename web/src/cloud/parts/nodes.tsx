import { useQuery } from '@tanstack/react-query';
import { Minus, Plus, Server } from 'lucide-react';
import { useState } from 'react';
import { Loaded } from '../../console/loaded';
import { Button } from '../../ui/button';
import { Card } from '../../ui/card';
import { ShortId } from '../../ui/copy';
import { EmptyState, Skeleton } from '../../ui/placeholder';
import { StatusBadge } from '../../ui/status';
import { type Column, Table } from '../../ui/table';
import { Duration, RelativeTime } from '../../ui/time';
import type { Cluster, ClusterNode } from '../api/client';
import { nodesQuery } from '../api/queries';
import { may } from '../rights';
import { amount } from '../usage-series';
import { ChangeDialog } from './change-dialog';
import { NodeCommands } from './node-commands';
import { NodeMenu } from './node-menu';

/** The processes that a cluster consists of, as they have told of themselves last, and how many there are to be. */
export function ClusterNodes({ cluster }: { cluster: Cluster }) {
  const nodes = useQuery(nodesQuery(cluster.organization, cluster.name));
  return (
    <div className="stack">
      <Card
        title="Nodes"
        description="Each does the whole work of the cluster. They report twice a minute how they are."
        actions={<Scale cluster={cluster} />}
      >
        <Loaded query={nodes} what="nodes" skeleton={<Skeleton height={160} />}>
          {(data) => (
            <Table
              label="Nodes"
              columns={columns(cluster)}
              rows={data}
              rowKey={(node) => node.id}
              empty={
                <EmptyState icon={<Server aria-hidden />} title="No node has called yet">
                  A node shows up here once it has started.
                </EmptyState>
              }
            />
          )}
        </Loaded>
      </Card>
      <NodeCommands cluster={cluster} />
    </div>
  );
}

function columns(cluster: Cluster): Column<ClusterNode>[] {
  const paused = cluster.state === 'PAUSED';
  return [
    {
      key: 'name',
      title: 'Node',
      render: (node) => (node.name === undefined ? <ShortId id={node.id} /> : `Node ${node.name}`),
    },
    { key: 'state', title: 'State', render: (node) => <NodeState node={node} paused={paused} /> },
    { key: 'version', title: 'Version', render: (node) => node.version, secondary: true },
    {
      key: 'uptime',
      title: 'Running for',
      align: 'end',
      secondary: true,
      render: (node) => (calls(node, paused) ? <Uptime node={node} /> : '–'),
    },
    {
      key: 'memory',
      title: 'Memory',
      align: 'end',
      render: (node) => (calls(node, paused) ? amount('storage', node.memoryBytes ?? 0) : '–'),
    },
    {
      key: 'cpu',
      title: 'Processors',
      align: 'end',
      secondary: true,
      render: (node) =>
        calls(node, paused)
          ? (node.cpu ?? 0).toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 })
          : '–',
    },
    {
      key: 'seen',
      title: 'Last seen',
      align: 'end',
      secondary: true,
      render: (node) => <RelativeTime at={node.seenAt} />,
    },
    {
      key: 'actions',
      title: <span className="visually-hidden">Actions</span>,
      align: 'end',
      width: '56px',
      render: (node) => <NodeMenu cluster={cluster} node={node} />,
    },
  ];
}

const calls = (node: ClusterNode, paused: boolean) => node.reachable === true && !paused;

function Uptime({ node }: { node: ClusterNode }) {
  return <Duration from={Date.parse(node.seenAt) - (node.uptimeSeconds ?? 0) * 1000} />;
}

function NodeState({ node, paused }: { node: ClusterNode; paused: boolean }) {
  if (node.revokedAt !== undefined) return <StatusBadge kind="cancelled">Revoked</StatusBadge>;
  if (paused) return <StatusBadge kind="paused">Paused</StatusBadge>;
  if (node.reachable !== true) return <StatusBadge kind="warning">Out of reach</StatusBadge>;
  if (node.drained === true) return <StatusBadge kind="paused">Drained</StatusBadge>;
  if (node.ready !== true) return <StatusBadge kind="pending">Starting</StatusBadge>;
  return <StatusBadge kind="success">Healthy</StatusBadge>;
}

/** Adds or removes a node, by an operation that is told in full before it begins. */
function Scale({ cluster }: { cluster: Cluster }) {
  const [wanted, setWanted] = useState<number>();
  if (cluster.cloud === 'remote' || cluster.nodes === undefined) return null; // the customer starts them
  const why = whyFixed(cluster);
  const more = (wanted ?? 0) > cluster.nodes;
  return (
    <>
      <Button
        size="small"
        icon={<Minus aria-hidden />}
        disabledReason={why ?? (cluster.nodes === 1 ? 'A cluster has at least one node.' : undefined)}
        onClick={() => setWanted((cluster.nodes ?? 1) - 1)}
      >
        Remove a node
      </Button>
      <Button
        size="small"
        icon={<Plus aria-hidden />}
        disabledReason={why}
        onClick={() => setWanted((cluster.nodes ?? 1) + 1)}
      >
        Add a node
      </Button>
      <ChangeDialog
        cluster={cluster}
        change={{ kind: 'scale-cluster', nodes: wanted }}
        verb={more ? 'Add a node to' : 'Remove a node from'}
        open={wanted !== undefined}
        onOpenChange={(open) => {
          if (!open) setWanted(undefined);
        }}
      />
    </>
  );
}

function whyFixed(cluster: Cluster): string | undefined {
  if (!may(cluster, 'cluster.update')) return 'Your role does not let you change this cluster.';
  if (cluster.state !== 'READY') return 'Nodes are added and removed while the cluster is ready.';
  return undefined;
}
