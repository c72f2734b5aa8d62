import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from 'react-router';
import { ConfirmDialog } from '../../ui/confirm-dialog';
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
      onConfirm={begin}
    >
      {preview.error !== null ? whyNot(preview.error) : (preview.data?.effects.join(' ') ?? 'Looking …')}
    </ConfirmDialog>
  );
}

/** What is wrong with the fields says more than that something is. */
function whyNot(error: Error): string {
  const wrong = error instanceof ApiError ? (error.problem?.errors ?? []) : [];
  return wrong.length === 0
    ? error.message
    : `${wrong.map(({ field, message }) => `${field} ${message}`).join('; ')}.`;
}
