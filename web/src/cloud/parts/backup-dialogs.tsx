import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from 'react-router';
import { ConfirmDialog } from '../../ui/confirm-dialog';
import { Dialog } from '../../ui/dialog';
import { Form, FormActions } from '../../ui/form';
import { answer, api, type Backup, type Cluster, type Operation } from '../api/client';
import { forForm } from '../api/problem';
import { keys } from '../api/queries';
import { nameProblem } from '../name-rule';
import { paths } from '../paths';
import { DownloadBackup } from './download-backup';
import { newKey } from './idempotency-key';
import { NameField } from './name-field';
import { Submit } from './submit';

/** What somebody wants to do with a backup. */
export type BackupWish =
  | { kind: 'back-up' }
  | { kind: 'copy' | 'restore' | 'download' | 'remove'; backup: Backup };

interface Props {
  cluster: Cluster;
  wish: BackupWish | undefined;
  onClose: () => void;
}

/** Asks about what was wished, and says in full what it does, before it is done. */
export function BackupDialogs({ cluster, wish, onClose }: Props) {
  switch (wish?.kind) {
    case 'back-up':
      return (
        <OperationDialog
          cluster={cluster}
          title={`Back up ${cluster.name}?`}
          verb="Back up"
          change={{ kind: 'back-up-cluster' }}
          onClose={onClose}
        />
      );
    case 'restore':
      return (
        <OperationDialog
          cluster={cluster}
          title={`Restore ${wish.backup.name} into ${cluster.name}?`}
          verb="Restore"
          typed={cluster.name}
          change={{ kind: 'restore-cluster', backup: wish.backup.name }}
          onClose={onClose}
        />
      );
    case 'remove':
      return (
        <OperationDialog
          cluster={cluster}
          title={`Delete the backup ${wish.backup.name}?`}
          verb="Delete"
          danger
          change={{ kind: 'remove-backup', backup: wish.backup.name }}
          onClose={onClose}
        />
      );
    case 'copy':
      return <CopyDialog cluster={cluster} backup={wish.backup} onClose={onClose} />;
    case 'download':
      return <DownloadBackup cluster={cluster} backup={wish.backup} onClose={onClose} />;
    default:
      return null;
  }
}

interface OperationProps {
  cluster: Cluster;
  title: string;
  verb: string;
  danger?: boolean;
  typed?: string;
  change: { kind: 'back-up-cluster' | 'restore-cluster' | 'remove-backup'; backup?: string };
  onClose: () => void;
}

/** Begins an operation on the cluster, and leads to where one watches it. */
function OperationDialog({ cluster, title, verb, danger = false, typed, change, onClose }: OperationProps) {
  const { organization: org, name } = cluster;
  const client = useQueryClient();
  const navigate = useNavigate();
  const params = { path: { org, cluster: name } };
  const preview = useQuery({
    queryKey: [...keys.cluster(org, name), 'preview', change],
    queryFn: () =>
      answer(
        api.POST('/organizations/{org}/clusters/{cluster}/operations/preview', { params, body: change }),
      ),
    gcTime: 0,
  });

  async function begin() {
    const operation = await answer(
      api.POST('/organizations/{org}/clusters/{cluster}/operations', {
        params: { ...params, header: { 'Idempotency-Key': newKey() } },
        body: change,
      }),
    );
    client.setQueryData<Operation>(keys.operation(operation.id), (known) => known ?? operation);
    void client.invalidateQueries({ queryKey: keys.backups(org, name) });
    await navigate(paths.operation(org, operation.id));
  }

  return (
    <ConfirmDialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={title}
      confirm={verb}
      danger={danger || typed !== undefined}
      {...(typed !== undefined && { typed })}
      onConfirm={begin}
    >
      <Effects effects={preview.data?.effects} error={preview.error} />
    </ConfirmDialog>
  );
}

function Effects({ effects, error }: { effects: string[] | undefined; error: Error | null }) {
  if (error !== null) return error.message;
  if (effects === undefined) return 'Looking …';
  return (
    <ul>
      {effects.map((effect) => (
        <li key={effect}>{effect}</li>
      ))}
    </ul>
  );
}

/** Makes a new cluster that begins with a backup. */
function CopyDialog({ cluster, backup, onClose }: { cluster: Cluster; backup: Backup; onClose: () => void }) {
  const { organization: org, name } = cluster;
  const client = useQueryClient();
  const navigate = useNavigate();
  const source = { source: name, backup: backup.name, cloud: cluster.cloud as 'local' };
  const proposal = `${name.slice(0, 30)}-copy`;
  const preview = useQuery({
    queryKey: [...keys.cluster(org, name), 'preview-copy', backup.name],
    queryFn: () =>
      answer(
        api.POST('/organizations/{org}/cluster-preview', {
          params: { path: { org } },
          body: { ...source, name: proposal },
        }),
      ),
    gcTime: 0,
  });

  async function create(wanted: string) {
    const made = await forForm(
      answer(
        api.POST('/organizations/{org}/clusters', {
          params: { path: { org }, header: { 'Idempotency-Key': newKey() } },
          body: { ...source, name: wanted },
        }),
      ),
    );
    void client.invalidateQueries({ queryKey: keys.clusters(org) });
    onClose();
    await navigate(
      made.operation === undefined ? paths.cluster(org, wanted) : paths.operation(org, made.operation.id),
    );
  }

  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={`Restore ${backup.name} into a new cluster`}
      description={<Effects effects={preview.data?.effects} error={preview.error} />}
    >
      <Form
        className="stack"
        validate={({ name: wanted = '' }): Record<string, string> => {
          const problem = nameProblem(wanted);
          return problem === undefined ? {} : { name: problem };
        }}
        onSubmit={({ name: wanted = '' }) => create(wanted)}
      >
        <NameField name="name" label="Name of the new cluster" initial={proposal} autoFocus />
        <FormActions>
          <Submit>Create cluster</Submit>
        </FormActions>
      </Form>
    </Dialog>
  );
}
