import { useQuery } from '@tanstack/react-query';
import { Download } from 'lucide-react';
import { Button } from '../../ui/button';
import { CodeBlock } from '../../ui/code-block';
import { CopyField } from '../../ui/copy';
import { Dialog } from '../../ui/dialog';
import { Notice } from '../../ui/placeholder';
import { answer, api, apiRoot, type Backup, type Cluster } from '../api/client';
import { keys } from '../api/queries';

/** The file of a backup, the key that opens it, and the command that brings it into a data plane. */
export function DownloadBackup({
  cluster: { organization: org, name },
  backup,
  onClose,
}: {
  cluster: Cluster;
  backup: Backup;
  onClose: () => void;
}) {
  const params = { path: { org, cluster: name, backup: backup.name } };
  const key = useQuery({
    queryKey: [...keys.backups(org, name), 'key', backup.name],
    queryFn: () =>
      answer(api.GET('/organizations/{org}/clusters/{cluster}/backups/{backup}/key', { params })),
    gcTime: 0,
  });
  const parts = [org, 'clusters', name, 'backups', backup.name, 'content'].map(encodeURIComponent);
  const file = `${name}-${backup.name}.podium`;
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={`Download ${backup.name}`}
      description="The file is sealed and of no use without its key. Whoever has both has everything that the cluster kept, so keep them apart."
      width="wide"
    >
      <div className="stack">
        <Button asChild kind="primary" icon={<Download aria-hidden />}>
          <a href={`${apiRoot}/organizations/${parts.join('/')}`} download={file}>
            Download the file
          </a>
        </Button>
        {key.error !== null ? (
          <Notice kind="failed" title="The key could not be read">
            {key.error.message}
          </Notice>
        ) : (
          <>
            <p>Put its key into a file that only you can read, such as backup.key:</p>
            <CopyField text={key.data?.key ?? '…'} what="key of the backup" />
          </>
        )}
        <CodeBlock
          label="Bring it into an edge"
          language="bash"
          code={`edge import --data ./data --key-file backup.key ${file}`}
        />
      </div>
    </Dialog>
  );
}
