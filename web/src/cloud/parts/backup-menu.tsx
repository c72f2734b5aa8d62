import { MoreHorizontal } from 'lucide-react';
import { IconButton } from '../../ui/button';
import { Menu, MenuItem, MenuSeparator } from '../../ui/menu';
import type { Backup, Cluster } from '../api/client';
import { may } from '../rights';
import type { BackupWish } from './backup-dialogs';

/** What can be done with one backup. */
export function BackupMenu({
  cluster,
  backup,
  onWish,
}: {
  cluster: Cluster;
  backup: Backup;
  onWish: (wish: BackupWish) => void;
}) {
  const change = may(cluster, 'cluster.update')
    ? undefined
    : 'Your role does not let you change this cluster.';
  const download = may(cluster, 'backup.download')
    ? undefined
    : 'Your role does not let you download backups.';
  return (
    <Menu
      trigger={
        <IconButton label={`Actions for ${backup.name}`}>
          <MoreHorizontal aria-hidden size={16} />
        </IconButton>
      }
    >
      <MenuItem disabledReason={change} onSelect={() => onWish({ kind: 'copy', backup })}>
        Restore into a new cluster
      </MenuItem>
      <MenuItem disabledReason={change} onSelect={() => onWish({ kind: 'restore', backup })}>
        Restore into this cluster
      </MenuItem>
      <MenuItem disabledReason={download} onSelect={() => onWish({ kind: 'download', backup })}>
        Download
      </MenuItem>
      <MenuSeparator />
      <MenuItem danger disabledReason={change} onSelect={() => onWish({ kind: 'remove', backup })}>
        Delete
      </MenuItem>
    </Menu>
  );
}
