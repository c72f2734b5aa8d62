import { useQuery } from '@tanstack/react-query';
import { Archive } from 'lucide-react';
import { useState } from 'react';
import { Link } from 'react-router';
import { Loaded } from '../../console/loaded';
import { Button } from '../../ui/button';
import { Card } from '../../ui/card';
import { CodeBlock } from '../../ui/code-block';
import { EmptyState, Notice, Skeleton } from '../../ui/placeholder';
import { type Column, Table } from '../../ui/table';
import { RelativeTime } from '../../ui/time';
import type { Backup, Cluster } from '../api/client';
import { backupsQuery } from '../api/queries';
import { paths } from '../paths';
import { may } from '../rights';
import { BackupDialogs, type BackupWish } from './backup-dialogs';
import { BackupMenu } from './backup-menu';
import { BackupSchedule } from './backup-schedule';
import { Fence } from './fence';

/** The copies of a cluster, and what can be done with them. */
export function ClusterBackups({ cluster }: { cluster: Cluster }) {
  return (
    <div className="stack">
      <Fence cluster={cluster} />
      {cluster.cloud === 'remote' ? <Own /> : <Kept cluster={cluster} />}
    </div>
  );
}

/** Backups of a data plane in the customer's network are made there, and stay there. */
function Own() {
  return (
    <Card
      title="Backups stay in your network"
      description="The data plane runs where you started it, so you make its backups there, while it serves. We see nothing of them."
    >
      <CodeBlock
        label="Make a backup"
        language="bash"
        code={'edge export --data /srv/podium --key-file /root/podium-backup.key /backup/podium.podium'}
      />
      <p className="muted">
        Run it as often as you like, for example once a night by cron. Keep the key file apart from the
        backups. The file can be restored there, in a managed cluster, or on an edge.
      </p>
    </Card>
  );
}

function Kept({ cluster }: { cluster: Cluster }) {
  const { organization: org, name } = cluster;
  const backups = useQuery(backupsQuery(org, name));
  const [wish, setWish] = useState<BackupWish>();
  const mayChange = may(cluster, 'cluster.update');
  const now = (
    <Button
      kind="primary"
      icon={<Archive aria-hidden />}
      disabledReason={reason(cluster, mayChange)}
      onClick={() => setWish({ kind: 'back-up' })}
    >
      Back up now
    </Button>
  );
  return (
    <>
      <Progress cluster={cluster} />
      <Card
        title="Backups"
        description="Each is a sealed copy of everything that the cluster keeps, as of one moment. It outlives the cluster."
        actions={(backups.data?.length ?? 0) > 0 && now}
        flush
      >
        <Loaded query={backups} what="backups" skeleton={<Skeleton height={160} />}>
          {(list) => (
            <Table
              label="Backups"
              columns={columns(cluster, setWish)}
              rows={list}
              rowKey={(backup) => `${backup.name} ${backup.madeAt}`}
              empty={
                <EmptyState icon={<Archive size={32} aria-hidden />} title="No backups yet" action={now}>
                  Back the cluster up now, or have that done by a schedule. It serves meanwhile.
                </EmptyState>
              }
            />
          )}
        </Loaded>
      </Card>
      <BackupSchedule cluster={cluster} mayChange={mayChange} />
      <BackupDialogs cluster={cluster} wish={wish} onClose={() => setWish(undefined)} />
    </>
  );
}

/** Why no backup can be made now; undefined when one can. */
function reason({ state }: Cluster, mayChange: boolean): string | undefined {
  if (!mayChange) return 'Your role does not let you change this cluster.';
  if (state === 'PAUSED') return 'The cluster is paused; resume it first.';
  return state === 'READY' ? undefined : 'The cluster must be ready.';
}

function columns(cluster: Cluster, onWish: (wish: BackupWish) => void): Column<Backup>[] {
  return [
    { key: 'name', title: 'Name', render: ({ name }) => <strong>{name}</strong> },
    { key: 'made', title: 'Made', render: ({ madeAt }) => <RelativeTime at={madeAt} /> },
    {
      key: 'kind',
      title: 'Kind',
      secondary: true,
      render: ({ scheduled }) => (scheduled ? 'By schedule' : 'By hand'),
    },
    {
      key: 'size',
      title: 'Size',
      align: 'end',
      secondary: true,
      render: ({ bytes }) => sizeText(bytes),
    },
    {
      key: 'actions',
      title: <span className="visually-hidden">What can be done</span>,
      align: 'end',
      width: '56px',
      render: (backup) => <BackupMenu cluster={cluster} backup={backup} onWish={onWish} />,
    },
  ];
}

const units = ['B', 'KB', 'MB', 'GB', 'TB'];

/** Bytes for people, such as "1.5 MB". */
export function sizeText(bytes: number): string {
  let unit = 0;
  let n = bytes;
  while (n >= 1000 && unit < units.length - 1) {
    n /= 1000;
    unit++;
  }
  return `${n < 10 && unit > 0 ? n.toFixed(1) : Math.round(n)} ${units[unit]}`;
}

/** What goes on now, or went wrong last. */
function Progress({ cluster: { organization: org, operation } }: { cluster: Cluster }) {
  const ours = operation?.kind === 'back-up-cluster' || operation?.kind === 'restore-cluster';
  if (operation === undefined || !ours || (operation.state !== 'RUNNING' && operation.state !== 'FAILED'))
    return null;
  const making = operation.kind === 'back-up-cluster';
  const failed = operation.state === 'FAILED';
  return (
    <Notice
      kind={failed ? 'failed' : 'running'}
      title={
        failed
          ? `The last ${making ? 'backup' : 'restoration'} failed`
          : making
            ? 'A backup is being made'
            : 'A backup is being restored'
      }
      action={
        <Button size="small" asChild>
          <Link to={paths.operation(org, operation.id)}>{failed ? 'See what happened' : 'Watch it'}</Link>
        </Button>
      }
    >
      {failed && operation.reason !== undefined && <p>{operation.reason}</p>}
    </Notice>
  );
}
