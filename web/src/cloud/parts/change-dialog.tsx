import { useQuery, useQueryClient } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useNavigate } from 'react-router';
import { Button } from '../../ui/button';
import { ConfirmDialog } from '../../ui/confirm-dialog';
import { Notice } from '../../ui/placeholder';
import {
  answer,
  api,
  type ChangeRequest,
  type Cluster,
  type Operation,
  type PreviewRequest,
} from '../api/client';
import { ApiError } from '../api/problem';
import { keys } from '../api/queries';
import { paths } from '../paths';
import { Effects } from './effects';
import { newKey } from './idempotency-key';

export interface ChangeDialogProps {
  cluster: Cluster;
  change: ChangeRequest;
  /** On the button, and in the title before the name of the cluster. */
  verb: string;
  /** The whole title, when it is not the verb and the cluster. */
  title?: string;
  danger?: boolean;
  /** What must be typed first. */
  typed?: string;
  open: boolean;
  onOpenChange: (open: boolean) => void;
}

/** Tells in full what a change of a cluster will do and cost, begins it, and goes to its operation. */
export function ChangeDialog({ cluster, change, verb, title, ...dialog }: ChangeDialogProps) {
  const { organization: org, name } = cluster;
  return (
    <PreviewedDialog
      {...dialog}
      cluster={cluster}
      preview={change}
      title={title ?? `${verb} ${name}?`}
      confirm={verb}
      begin={() =>
        answer(
          api.POST('/organizations/{org}/clusters/{cluster}/operations', {
            params: { path: { org, cluster: name }, header: { 'Idempotency-Key': newKey() } },
            body: change,
          }),
        )
      }
    />
  );
}

export interface PreviewedDialogProps {
  cluster: Cluster;
  /** What is asked about. */
  preview: PreviewRequest;
  title: string;
  confirm: string;
  danger?: boolean;
  typed?: string;
  /** What can be chosen about it. */
  fields?: ReactNode;
  open: boolean;
  onOpenChange: (open: boolean) => void;
  begin: () => Promise<Operation>;
}

/** Asks about an operation that cannot be agreed to before it is known what it would do. */
export function PreviewedDialog(props: PreviewedDialogProps) {
  const { cluster, preview: asked, title, confirm, danger, typed, fields, open, onOpenChange, begin } = props;
  const client = useQueryClient();
  const navigate = useNavigate();
  const { organization: org, name } = cluster;
  const preview = useQuery({
    queryKey: [...keys.cluster(org, name), 'preview', asked],
    queryFn: () =>
      answer(
        api.POST('/organizations/{org}/clusters/{cluster}/operations/preview', {
          params: { path: { org, cluster: name } },
          body: asked,
        }),
      ),
    enabled: open,
    gcTime: 0,
  });

  async function agree() {
    const operation = await begin();
    client.setQueryData<Operation>(keys.operation(operation.id), (known) => known ?? operation);
    void client.invalidateQueries({ queryKey: keys.backups(org, name) });
    await navigate(paths.operation(org, operation.id));
  }

  return (
    <ConfirmDialog
      open={open}
      onOpenChange={onOpenChange}
      title={title}
      confirm={confirm}
      danger={danger === true || typed !== undefined}
      {...(typed !== undefined && { typed })}
      obstacle={obstacleOf(preview)}
      fields={
        <>
          {preview.data === undefined && preview.error !== null && (
            <Refused error={preview.error} again={() => void preview.refetch()} />
          )}
          {fields}
        </>
      }
      onConfirm={agree}
    >
      {preview.data === undefined ? (
        preview.error === null ? (
          'Looking what would happen …'
        ) : (
          'Nothing has been changed.'
        )
      ) : (
        <Effects preview={preview.data} />
      )}
    </ConfirmDialog>
  );
}

/** Nobody agrees to what they have not been told. */
function obstacleOf({ data, error }: { data: unknown; error: Error | null }): string | undefined {
  if (data !== undefined) return undefined;
  return error === null ? 'What would happen is being found out.' : 'What would happen is not known.';
}

/** Why nothing can be told. What is wrong with the fields says more than that something is. */
function Refused({ error, again }: { error: Error; again: () => void }) {
  const wrong = error instanceof ApiError ? (error.problem?.errors ?? []) : [];
  if (wrong.length > 0) {
    return (
      <Notice kind="failed" title="That is not possible">
        {wrong.map(({ field, message }) => `${field}: ${message}`).join('; ')}.
      </Notice>
    );
  }
  return (
    <Notice
      kind="failed"
      title="What would happen could not be found out"
      action={
        <Button size="small" onClick={again}>
          Look again
        </Button>
      }
    >
      {error.message}
    </Notice>
  );
}
