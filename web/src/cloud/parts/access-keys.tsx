import { useQuery, useQueryClient } from '@tanstack/react-query';
import { KeyRound, Pause, Play, Plus, RefreshCw, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { Loaded } from '../../console/loaded';
import { Button, IconButton } from '../../ui/button';
import { Card } from '../../ui/card';
import { ConfirmDialog } from '../../ui/confirm-dialog';
import { ShortId } from '../../ui/copy';
import { EmptyState, Skeleton } from '../../ui/placeholder';
import { StatusBadge } from '../../ui/status';
import { type Column, Table } from '../../ui/table';
import { RelativeTime } from '../../ui/time';
import { useToast } from '../../ui/toast';
import { type AccessKey, answer, api, type Cluster } from '../api/client';
import { accessKeysQuery, keys } from '../api/queries';
import { may } from '../rights';
import { CreateKey, keyRoles, whyNoKey } from './create-key';
import { Expires } from './expires';
import { RenewKey } from './renew-key';

/** The keys that applications sign in to the cluster with. */
export function AccessKeys({ cluster }: { cluster: Cluster }) {
  const list = useQuery(accessKeysQuery(cluster.organization, cluster.name));
  const [creating, setCreating] = useState(false);
  const [leaving, setLeaving] = useState<AccessKey>();
  const [renewing, setRenewing] = useState<AccessKey>();
  const pause = usePause(cluster);
  const create = (
    <Button
      kind="primary"
      icon={<Plus aria-hidden />}
      disabledReason={whyNoKey(cluster)}
      onClick={() => setCreating(true)}
    >
      Create access key
    </Button>
  );
  return (
    <>
      <Card
        flush
        title="Access keys"
        description="Workers and applications sign in with a key id and its secret."
        actions={(list.data?.length ?? 0) > 0 && create}
      >
        <Loaded query={list} what="access keys" skeleton={<Skeleton height={160} />}>
          {(data) => (
            <Table
              label="Access keys"
              columns={columnsFor({
                mayChange: may(cluster, 'accesskey.update'),
                mayDelete: may(cluster, 'accesskey.delete'),
                onPause: pause,
                onRenew: setRenewing,
                onDelete: setLeaving,
              })}
              rows={data}
              rowKey={(key) => key.id}
              empty={
                <EmptyState
                  icon={<KeyRound size={32} aria-hidden />}
                  title="No access keys yet"
                  action={create}
                >
                  Every call to this cluster needs a key. Make one per application, so that you can take one
                  away without touching the others.
                </EmptyState>
              }
            />
          )}
        </Loaded>
      </Card>
      <CreateKey cluster={cluster} open={creating} onOpenChange={setCreating} />
      {renewing !== undefined && (
        <RenewKey cluster={cluster} accessKey={renewing} onDone={() => setRenewing(undefined)} />
      )}
      <DeleteKey cluster={cluster} accessKey={leaving} onDone={() => setLeaving(undefined)} />
    </>
  );
}

/** Pauses a key, or lets a paused one in again. */
function usePause({ organization: org, name }: Cluster) {
  const client = useQueryClient();
  const toast = useToast();
  return async (key: AccessKey) => {
    try {
      const changed = await answer(
        api.PATCH('/organizations/{org}/clusters/{cluster}/access-keys/{key}', {
          params: { path: { org, cluster: name, key: key.id } },
          body: { paused: !key.paused },
        }),
      );
      client.setQueryData<AccessKey[]>(keys.accessKeys(org, name), (all) =>
        all?.map((each) => (each.id === changed.id ? changed : each)),
      );
    } catch (error) {
      const title = key.paused ? `${key.name} is still paused` : `${key.name} was not paused`;
      toast({ kind: 'failed', title, detail: (error as Error).message });
    }
  };
}

interface Choices {
  mayChange: boolean;
  mayDelete: boolean;
  onPause: (key: AccessKey) => Promise<void>;
  onRenew: (key: AccessKey) => void;
  onDelete: (key: AccessKey) => void;
}

function columnsFor({ mayChange, mayDelete, onPause, onRenew, onDelete }: Choices): Column<AccessKey>[] {
  const whyNot = mayChange ? undefined : 'Your role does not let you change keys of this cluster.';
  return [
    {
      key: 'name',
      title: 'Name',
      render: (key) => (
        <span className="row">
          <strong>{key.name}</strong>
          {key.paused && <StatusBadge kind="paused">Paused</StatusBadge>}
        </span>
      ),
    },
    { key: 'role', title: 'Role', secondary: true, render: (key) => keyRoles[key.role].title },
    {
      key: 'id',
      title: 'Key id',
      secondary: true,
      render: (key) => <ShortId id={key.id} what="key id" length={12} />,
    },
    {
      key: 'expires',
      title: 'Expires',
      render: (key) => <Expires at={key.expiresAt} />,
    },
    {
      key: 'used',
      title: 'Last used',
      secondary: true,
      render: ({ lastUsedAt }) =>
        lastUsedAt === undefined ? <span className="muted">Never</span> : <RelativeTime at={lastUsedAt} />,
    },
    {
      key: 'created',
      title: 'Created',
      secondary: true,
      render: (key) => (
        <span title={key.createdBy}>
          <RelativeTime at={key.createdAt} />
        </span>
      ),
    },
    {
      key: 'actions',
      title: <span className="visually-hidden">Actions</span>,
      align: 'end',
      width: '132px',
      render: (key) => (
        <span className="row">
          <IconButton
            size="small"
            label={key.paused ? `Let ${key.name} in again` : `Pause ${key.name}`}
            disabledReason={whyNot}
            onClick={() => void onPause(key)}
          >
            {key.paused ? <Play aria-hidden /> : <Pause aria-hidden />}
          </IconButton>
          <IconButton
            size="small"
            label={`Renew the secret of ${key.name}`}
            disabledReason={whyNot}
            onClick={() => onRenew(key)}
          >
            <RefreshCw aria-hidden />
          </IconButton>
          <IconButton
            size="small"
            label={`Delete ${key.name}`}
            disabledReason={mayDelete ? undefined : 'Your role does not let you delete keys of this cluster.'}
            onClick={() => onDelete(key)}
          >
            <Trash2 aria-hidden />
          </IconButton>
        </span>
      ),
    },
  ];
}

function DeleteKey({
  cluster,
  accessKey,
  onDone,
}: {
  cluster: Cluster;
  accessKey: AccessKey | undefined;
  onDone: () => void;
}) {
  const client = useQueryClient();
  const toast = useToast();
  const { organization: org, name } = cluster;

  async function remove() {
    if (accessKey === undefined) return;
    await answer(
      api.DELETE('/organizations/{org}/clusters/{cluster}/access-keys/{key}', {
        params: { path: { org, cluster: name, key: accessKey.id } },
      }),
    );
    client.setQueryData<AccessKey[]>(keys.accessKeys(org, name), (all) =>
      all?.filter(({ id }) => id !== accessKey.id),
    );
    client.setQueryData<AccessKey | null>(keys.freshKey(org, name), (fresh) =>
      fresh?.id === accessKey.id ? null : fresh,
    );
    toast({ kind: 'success', title: `Deleted access key ${accessKey.name}` });
  }

  return (
    <ConfirmDialog
      open={accessKey !== undefined}
      onOpenChange={(open) => {
        if (!open) onDone();
      }}
      title={`Delete access key ${accessKey?.name ?? ''}?`}
      confirm="Delete key"
      danger
      onConfirm={remove}
    >
      Whatever signs in with it is refused from now on. This cannot be undone; make a new key instead.
    </ConfirmDialog>
  );
}
