import { useMutation, useQuery } from '@tanstack/react-query';
import { Download, Link2 } from 'lucide-react';
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
        <OnServer org={org} cluster={name} backup={backup.name} file={file} />
        <CodeBlock
          title="Bring it into an edge"
          label="Bring it into an edge"
          language="bash"
          code={`edge import --data ./data --key-file backup.key ${file}`}
        />
      </div>
    </Dialog>
  );
}

/** A line that downloads the file where there is no browser, by a link that expires. */
function OnServer({
  org,
  cluster,
  backup,
  file,
}: {
  org: string;
  cluster: string;
  backup: string;
  file: string;
}) {
  const link = useMutation({
    mutationFn: () =>
      answer(
        api.POST('/organizations/{org}/clusters/{cluster}/backups/{backup}/links', {
          params: { path: { org, cluster, backup } },
          body: { minutes: 60 },
        }),
      ),
  });
  if (link.data !== undefined)
    return (
      <>
        <CodeBlock
          title="Download it on a server"
          label="Download it on a server"
          language="bash"
          code={`curl -fo ${file} '${link.data.url}'`}
        />
        <p className="muted">
          Whoever has this line can download the file, without its key, until the link expires at{' '}
          {new Date(link.data.expiresAt).toLocaleTimeString()}.
        </p>
      </>
    );
  return (
    <>
      {link.error !== null && (
        <Notice kind="failed" title="The link could not be made">
          {link.error.message}
        </Notice>
      )}
      <Button icon={<Link2 aria-hidden />} pending={link.isPending} onClick={() => link.mutate()}>
        Make a link for a server
      </Button>
    </>
  );
}
