import { useQueryClient } from '@tanstack/react-query';
import { MoreHorizontal } from 'lucide-react';
import { useState } from 'react';
import { IconButton } from '../../ui/button';
import { ConfirmDialog } from '../../ui/confirm-dialog';
import { Menu, MenuItem } from '../../ui/menu';
import { useToast } from '../../ui/toast';
import { answer, api, type Cluster, type ClusterNode } from '../api/client';
import { keys } from '../api/queries';
import { whyNot } from '../rights';

/** What people call a node. */
export const nodeTitle = ({ name, id }: ClusterNode) => (name === undefined ? id : `Node ${name}`);

/** What can be done to a node. */
export function NodeMenu({ cluster, node }: { cluster: Cluster; node: ClusterNode }) {
  const [revoking, setRevoking] = useState(false);
  return (
    <>
      <Menu
        trigger={
          <IconButton size="small" label={`Actions for ${nodeTitle(node)}`}>
            <MoreHorizontal aria-hidden />
          </IconButton>
        }
      >
        <MenuItem
          danger
          disabledReason={
            whyNot(cluster, 'cluster.join', 'revoke nodes') ??
            (node.revokedAt === undefined ? undefined : 'It is revoked.')
          }
          onSelect={() => setRevoking(true)}
        >
          Revoke
        </MenuItem>
      </Menu>
      <Revoke cluster={cluster} node={node} open={revoking} onOpenChange={setRevoking} />
    </>
  );
}

function Revoke(props: {
  cluster: Cluster;
  node: ClusterNode;
  open: boolean;
  onOpenChange: (open: boolean) => void;
}) {
  const { cluster, node, open, onOpenChange } = props;
  const client = useQueryClient();
  const toast = useToast();
  const { organization: org, name } = cluster;

  async function revoke() {
    await answer(
      api.POST('/organizations/{org}/clusters/{cluster}/nodes/{node}/revoke', {
        params: { path: { org, cluster: name, node: node.id } },
      }),
    );
    await client.invalidateQueries({ queryKey: keys.nodes(org, name) });
    toast({ kind: 'success', title: `Revoked ${nodeTitle(node)}` });
  }

  return (
    <ConfirmDialog
      open={open}
      onOpenChange={onOpenChange}
      title={`Revoke ${nodeTitle(node)}?`}
      confirm="Revoke node"
      danger
      onConfirm={revoke}
    >
      Its certificate and its link token are refused from now on, and its console closes. Workflows on it go
      on, with the settings that it has, but you neither see nor change anything of it from here.{' '}
      {cluster.cloud === 'remote'
        ? 'To let it in again, make a new token on the join page and start it with that.'
        : 'To let it in again, rotate the credentials of the cluster: that starts its nodes with new ones.'}
    </ConfirmDialog>
  );
}
