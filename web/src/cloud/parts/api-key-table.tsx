import { useQueryClient } from '@tanstack/react-query';
import { Pause, Play, RefreshCw, Trash2 } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { GraceField } from '../../console/grace-field';
import { Button, IconButton } from '../../ui/button';
import { ConfirmDialog } from '../../ui/confirm-dialog';
import { Dialog } from '../../ui/dialog';
import { Form, FormActions, type FormValues } from '../../ui/form';
import { Badge, StatusBadge } from '../../ui/status';
import { type Column, Table } from '../../ui/table';
import { RelativeTime } from '../../ui/time';
import { useToast } from '../../ui/toast';
import type { ApiKey, ApiKeyWithSecret } from '../api/client';
import { forForm } from '../api/problem';
import { roleWords } from '../roles';
import type { Door } from './api-key-doors';
import { ApiKeyMade } from './api-key-made';
import { Expires } from './expires';
import { Submit } from './submit';
import { ValidFor } from './valid-for';

interface ApiKeyTableProps {
  label: string;
  rows: ApiKey[];
  door: Door;
  /** What stands in a column of its own beside the name, such as whose key it is. */
  about?: { title: string; render: (key: ApiKey) => ReactNode };
  /** Why nothing can be changed here, if so. */
  reason?: string;
  /** Why secrets cannot be renewed here, if so. */
  noRenewal?: string;
  empty: ReactNode;
}

/** API keys, and what can be done with them. */
export function ApiKeyTable({ label, rows, door, about, reason, noRenewal, empty }: ApiKeyTableProps) {
  const [renewing, setRenewing] = useState<ApiKey>();
  const [leaving, setLeaving] = useState<ApiKey>();
  const client = useQueryClient();
  const toast = useToast();
  const changed = () => client.invalidateQueries({ queryKey: door.queryKey });

  async function pause(key: ApiKey) {
    try {
      await door.pause(key, !key.paused);
      await changed();
    } catch (error) {
      const title = key.paused ? `${key.name} is still paused` : `${key.name} was not paused`;
      toast({ kind: 'failed', title, detail: (error as Error).message });
    }
  }

  async function remove() {
    if (leaving === undefined) return;
    await door.remove(leaving);
    await changed();
    toast({ kind: 'success', title: `Deleted API key ${leaving.name}` });
  }

  const columns: Column<ApiKey>[] = [
    {
      key: 'name',
      title: 'Name',
      render: (key) => (
        <span className="row">
          <strong>{key.name}</strong>
          {key.paused && <StatusBadge kind="paused">Paused</StatusBadge>}
          {key.dangerous && (
            <Badge title="It may do what a person must sign in again for">Dangerous acts</Badge>
          )}
        </span>
      ),
    },
    ...(about === undefined ? [] : [{ key: 'about', secondary: true, ...about }]),
    { key: 'may', title: 'May', secondary: true, render: mayOf },
    { key: 'expires', title: 'Expires', render: (key) => <Expires at={key.expiresAt} /> },
    {
      key: 'used',
      title: 'Last used',
      secondary: true,
      render: ({ lastUsedAt, lastUsedFrom }) =>
        lastUsedAt === undefined ? (
          <span className="muted">Never</span>
        ) : (
          <span title={lastUsedFrom}>
            <RelativeTime at={lastUsedAt} />
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
            disabledReason={reason}
            onClick={() => void pause(key)}
          >
            {key.paused ? <Play aria-hidden /> : <Pause aria-hidden />}
          </IconButton>
          <IconButton
            size="small"
            label={`Renew ${key.name}`}
            disabledReason={reason ?? noRenewal}
            onClick={() => setRenewing(key)}
          >
            <RefreshCw aria-hidden />
          </IconButton>
          <IconButton
            size="small"
            label={`Delete ${key.name}`}
            disabledReason={reason}
            onClick={() => setLeaving(key)}
          >
            <Trash2 aria-hidden />
          </IconButton>
        </span>
      ),
    },
  ];
  return (
    <>
      <Table label={label} columns={columns} rows={rows} rowKey={({ id }) => id} empty={empty} />
      {renewing !== undefined && (
        <Renew apiKey={renewing} door={door} onChange={changed} onDone={() => setRenewing(undefined)} />
      )}
      <ConfirmDialog
        open={leaving !== undefined}
        onOpenChange={(open) => {
          if (!open) setLeaving(undefined);
        }}
        title={`Delete API key ${leaving?.name ?? ''}?`}
        confirm="Delete key"
        danger
        onConfirm={remove}
      >
        Whatever calls with it is refused from now on. This cannot be undone; make a new key instead.
      </ConfirmDialog>
    </>
  );
}

/** What a key is limited to, in words. */
function mayOf({ role, roleName, cluster, project }: ApiKey): string {
  const what = role === undefined ? 'All of its owner’s' : (roleWords(role)?.title ?? roleName ?? role);
  if (cluster !== undefined) return `${what}, in ${cluster || 'a cluster that is gone'}`;
  return project === undefined ? what : `${what}, in project ${project || 'that is gone'}`;
}

/** Gives a key another secret, and shows it for the only time. */
function Renew({
  apiKey,
  door,
  onChange,
  onDone,
}: {
  apiKey: ApiKey;
  door: Door;
  onChange: () => Promise<void>;
  onDone: () => void;
}) {
  const [made, setMade] = useState<ApiKeyWithSecret>();

  async function renew({ grace = '', expiresInDays = '' }: FormValues) {
    const key = await forForm(
      door.rotate(apiKey, { graceHours: Number(grace), expiresInDays: Number(expiresInDays) }),
    );
    void onChange();
    setMade(key);
  }

  const onOpenChange = (open: boolean) => {
    if (!open) onDone();
  };
  if (made !== undefined) {
    return (
      <Dialog open onOpenChange={onOpenChange} title={`The new secret of ${apiKey.name}`} sticky width="wide">
        <ApiKeyMade made={made} onDone={onDone} />
      </Dialog>
    );
  }
  return (
    <Dialog
      open
      onOpenChange={onOpenChange}
      title={`Renew ${apiKey.name}`}
      description="Both secrets are good for a time, so that nothing stops while you change it."
    >
      <Form className="stack" onSubmit={renew}>
        <GraceField />
        <ValidFor org={apiKey.organization} />
        <FormActions>
          <Button onClick={onDone}>Cancel</Button>
          <Submit>Renew key</Submit>
        </FormActions>
      </Form>
    </Dialog>
  );
}
