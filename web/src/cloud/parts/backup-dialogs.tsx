import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from 'react-router';
import { Dialog } from '../../ui/dialog';
import { Form, FormActions } from '../../ui/form';
import { answer, api, type Backup, type Cluster } from '../api/client';
import { forForm } from '../api/problem';
import { keys } from '../api/queries';
import { nameProblem } from '../name-rule';
import { paths } from '../paths';
import { ChangeDialog } from './change-dialog';
import { DownloadBackup } from './download-backup';
import { Effects } from './effects';
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
  const dialog = { cluster, open: true, onOpenChange: (open: boolean) => !open && onClose() };
  switch (wish?.kind) {
    case 'back-up':
      return (
        <ChangeDialog
          {...dialog}
          title={`Back up ${cluster.name}?`}
          verb="Back up"
          change={{ kind: 'back-up-cluster' }}
        />
      );
    case 'restore':
      return (
        <ChangeDialog
          {...dialog}
          title={`Restore ${wish.backup.name} into ${cluster.name}?`}
          verb="Restore"
          typed={cluster.name}
          change={{ kind: 'restore-cluster', backup: wish.backup.name }}
        />
      );
    case 'remove':
      return (
        <ChangeDialog
          {...dialog}
          title={`Delete the backup ${wish.backup.name}?`}
          verb="Delete"
          danger
          change={{ kind: 'remove-backup', backup: wish.backup.name }}
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
      description={
        preview.data === undefined ? (
          (preview.error?.message ?? 'Looking what would happen …')
        ) : (
          <Effects preview={preview.data} />
        )
      }
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
