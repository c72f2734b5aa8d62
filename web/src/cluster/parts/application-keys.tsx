import { useQuery, useQueryClient } from '@tanstack/react-query';
import { KeyRound, Pause, Play, Plus, RefreshCw, Trash2 } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { expiryOf } from '../../console/expiry';
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
import { commands } from '../client/commands';
import { accessKeysQuery } from '../client/queries';
import type { AccessKey, Application } from '../client/types';
import { needs } from '../rights';
import { MakeKey } from './make-key';
import { useRights } from './require-access';

/** The access keys of an application. */
export function ApplicationKeys({ application }: { application: Application }) {
  const keys = useQuery(accessKeysQuery(application.id));
  const [making, setMaking] = useState<'new' | AccessKey>();
  const [leaving, setLeaving] = useState<AccessKey>();
  const pause = usePause(application);
  const whyNot =
    useRights().lacks(needs.access) ??
    (application.elsewhere ? 'Its key is looked after where it was made.' : undefined);
  const make = (
    <Button icon={<Plus aria-hidden />} disabledReason={whyNot} onClick={() => setMaking('new')}>
      Create access key
    </Button>
  );
  return (
    <Card
      flush
      title="Access keys"
      description="With these the program signs in. Two at a time let you replace one without a pause."
      actions={(keys.data?.length ?? 0) > 0 && make}
    >
      <Loaded query={keys} what="access keys" skeleton={<Skeleton height={120} />}>
        {(all) => (
          <Table
            label="Access keys"
            rows={all}
            rowKey={({ id }) => id}
            columns={[
              ...columns,
              {
                key: 'actions',
                title: <span className="visually-hidden">Actions</span>,
                align: 'end',
                width: '132px',
                render: (key) => (
                  <Actions
                    accessKey={key}
                    whyNot={whyNot}
                    onPause={() => void pause(key)}
                    onRenew={() => setMaking(key)}
                    onDelete={() => setLeaving(key)}
                  />
                ),
              },
            ]}
            empty={
              <EmptyState icon={<KeyRound size={32} aria-hidden />} title="No access keys yet" action={make}>
                Without a key the program cannot sign in.
              </EmptyState>
            }
          />
        )}
      </Loaded>
      {making !== undefined && (
        <MakeKey
          application={application}
          replaces={making === 'new' ? undefined : making}
          onClose={() => setMaking(undefined)}
        />
      )}
      {leaving && (
        <DeleteKey application={application} accessKey={leaving} onClose={() => setLeaving(undefined)} />
      )}
    </Card>
  );
}

/** Pauses a key, or lets a paused one in again. */
function usePause(application: Application) {
  const client = useQueryClient();
  const toast = useToast();
  return async ({ id, status }: AccessKey) => {
    try {
      await commands.toggleKey(application.id, id);
    } catch (error) {
      const title = status === 'ACTIVE' ? 'The key was not paused' : 'The key is still paused';
      toast({ kind: 'failed', title, detail: error instanceof Error ? error.message : String(error) });
    }
    await client.invalidateQueries({ queryKey: ['access', 'keys', application.id] });
  };
}

const columns: Column<AccessKey>[] = [
  {
    key: 'id',
    title: 'Key id',
    render: (key) => (
      <span className="row">
        <ShortId id={key.id} what="key id" length={12} />
        <State accessKey={key} />
      </span>
    ),
  },
  {
    key: 'expires',
    title: 'Ends',
    render: ({ expiresAt }) =>
      expiresAt === undefined ? <span className="muted">Never</span> : <RelativeTime at={expiresAt} />,
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
    render: ({ createdAt }) => (createdAt === 0 ? null : <RelativeTime at={createdAt} />),
  },
];

/** What one should know of a key now. */
function State({ accessKey: { status, expiresAt, formerUntil } }: { accessKey: AccessKey }) {
  const now = Date.now();
  const expiry = expiresAt === undefined ? 'later' : expiryOf(expiresAt, now);
  const badges: ReactNode[] = [];
  if (status === 'INACTIVE')
    badges.push(
      <StatusBadge key="paused" kind="paused">
        Paused
      </StatusBadge>,
    );
  if (expiry === 'expired')
    badges.push(
      <StatusBadge key="expired" kind="failed">
        Ended
      </StatusBadge>,
    );
  if (expiry === 'soon')
    badges.push(
      <StatusBadge key="soon" kind="warning">
        Ends soon
      </StatusBadge>,
    );
  if (formerUntil !== undefined && formerUntil > now) {
    badges.push(
      <span key="former" className="muted">
        two secrets; the old one ends <RelativeTime at={formerUntil} />
      </span>,
    );
  }
  return <>{badges}</>;
}

interface ActionsProps {
  accessKey: AccessKey;
  whyNot: string | undefined;
  onPause: () => void;
  onRenew: () => void;
  onDelete: () => void;
}

function Actions({ accessKey: { id, status }, whyNot, onPause, onRenew, onDelete }: ActionsProps) {
  const name = `key …${id.slice(-6)}`;
  const paused = status === 'INACTIVE';
  return (
    <span className="row">
      <IconButton
        size="small"
        label={paused ? `Let ${name} in again` : `Pause ${name}`}
        disabledReason={whyNot}
        onClick={onPause}
      >
        {paused ? <Play aria-hidden /> : <Pause aria-hidden />}
      </IconButton>
      <IconButton
        size="small"
        label={`Renew the secret of ${name}`}
        disabledReason={whyNot}
        onClick={onRenew}
      >
        <RefreshCw aria-hidden />
      </IconButton>
      <IconButton size="small" label={`Delete ${name}`} disabledReason={whyNot} onClick={onDelete}>
        <Trash2 aria-hidden />
      </IconButton>
    </span>
  );
}

interface DeleteKeyProps {
  application: Application;
  accessKey: AccessKey;
  onClose: () => void;
}

function DeleteKey({ application, accessKey, onClose }: DeleteKeyProps) {
  const client = useQueryClient();
  const toast = useToast();
  return (
    <ConfirmDialog
      open
      danger
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      title="Delete this access key?"
      confirm="Delete key"
      onConfirm={async () => {
        await commands.deleteKey(application.id, accessKey.id);
        await client.invalidateQueries({ queryKey: ['access', 'keys', application.id] });
        toast({ kind: 'success', title: 'The access key is deleted' });
      }}
    >
      Whatever signs in with <code>{accessKey.id}</code> is refused from the next call on. This cannot be
      undone; to look whether anything still uses it, pause it first.
    </ConfirmDialog>
  );
}
