import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from 'react-router';
import { Button } from '../../ui/button';
import { ConfirmDialog } from '../../ui/confirm-dialog';
import { Notice } from '../../ui/placeholder';
import { answer, api, type ChangeRequest, type Cluster, type Operation } from '../api/client';
import { ApiError } from '../api/problem';
import { keys } from '../api/queries';
import { paths } from '../paths';

export interface ChangeDialogProps {
  cluster: Cluster;
  change: ChangeRequest;
  /** On the button, and in the title before the name of the cluster. */
  verb: string;
  open: boolean;
  onOpenChange: (open: boolean) => void;
}

/** Tells in full what a change of a cluster will do, begins it, and goes to its operation. */
export function ChangeDialog({ cluster, change, verb, open, onOpenChange }: ChangeDialogProps) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const { organization: org, name } = cluster;
  const params = { path: { org, cluster: name } };

  const preview = useQuery({
    queryKey: [...keys.cluster(org, name), 'preview', change],
    queryFn: () =>
      answer(
        api.POST('/organizations/{org}/clusters/{cluster}/operations/preview', { params, body: change }),
      ),
    enabled: open,
    gcTime: 0,
  });

  async function begin() {
    const operation = await answer(
      api.POST('/organizations/{org}/clusters/{cluster}/operations', {
        params: { ...params, header: { 'Idempotency-Key': crypto.randomUUID() } },
        body: change,
      }),
    );
    client.setQueryData<Operation>(keys.operation(operation.id), (known) => known ?? operation);
    await navigate(paths.operation(org, operation.id));
  }

  return (
    <ConfirmDialog
      open={open}
      onOpenChange={onOpenChange}
      title={`${verb} ${name}?`}
      confirm={verb}
      obstacle={obstacleOf(preview)}
      fields={
        preview.data === undefined &&
        preview.error !== null && <Refused error={preview.error} again={() => void preview.refetch()} />
      }
      onConfirm={begin}
    >
      {preview.data?.effects.join(' ') ??
        (preview.error === null ? 'Looking what would happen …' : 'Nothing has been changed.')}
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
