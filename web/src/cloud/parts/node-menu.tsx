import { useQueryClient } from '@tanstack/react-query';
import { MoreHorizontal } from 'lucide-react';
import { useState } from 'react';
import { IconButton } from '../../ui/button';
import { ConfirmDialog } from '../../ui/confirm-dialog';
import { Menu, MenuItem, MenuSeparator } from '../../ui/menu';
import { useToast } from '../../ui/toast';
import { answer, api, type Cluster, type ClusterNode, type CommandKind } from '../api/client';
import { keys } from '../api/queries';
import { commandWords, menuKinds } from '../command-words';
import { whyNot } from '../rights';
import { newKey } from './idempotency-key';

/** What people call a node. */
export const nodeTitle = ({ name, id }: ClusterNode) => (name === undefined ? id : `Node ${name}`);

/** What can be done to a node. */
export function NodeMenu({ cluster, node }: { cluster: Cluster; node: ClusterNode }) {
  const [revoking, setRevoking] = useState(false);
  const [asking, setAsking] = useState<CommandKind>();
  return (
    <>
      <Menu
        trigger={
          <IconButton size="small" label={`Actions for ${nodeTitle(node)}`}>
            <MoreHorizontal aria-hidden />
          </IconButton>
        }
      >
        {menuKinds.map((kind) => (
          <MenuItem
            key={kind}
            disabledReason={
              whyNot(cluster, 'cluster.update', 'ask nodes for something') ?? whyKept(node, kind)
            }
            onSelect={() => setAsking(kind)}
          >
            {commandWords[kind].title}
          </MenuItem>
        ))}
        <MenuSeparator />
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
      <Ask cluster={cluster} node={node} kind={asking} onDone={() => setAsking(undefined)} />
    </>
  );
}

/** Why a node does not do something, undefined: it does. */
function whyKept(node: ClusterNode, kind: CommandKind): string | undefined {
  if (node.revokedAt !== undefined) return 'It is revoked.';
  if (kind === 'drain' && node.drained === true) return 'It is drained.';
  if (kind === 'resume' && node.drained !== true) return 'It is not drained.';
  if (node.commands?.includes(kind) === true) return undefined;
  return kind === 'rotate-certificate'
    ? 'It has no certificate, or its owner has switched this off.'
    : 'Its owner has switched this off, or has not set it up.';
}

function Ask(props: {
  cluster: Cluster;
  node: ClusterNode;
  kind: CommandKind | undefined;
  onDone: () => void;
}) {
  const { cluster, node, kind, onDone } = props;
  const client = useQueryClient();
  const { organization: org, name } = cluster;
  const [idempotencyKey, setKey] = useState(newKey);

  async function ask() {
    if (kind === undefined) return;
    await answer(
      api.POST('/organizations/{org}/clusters/{cluster}/nodes/{node}/commands', {
        params: {
          path: { org, cluster: name, node: node.id },
          header: { 'Idempotency-Key': idempotencyKey },
        },
        body: { kind, expiresInMinutes: 60 },
      }),
    );
    setKey(newKey());
    await Promise.all([
      client.invalidateQueries({ queryKey: keys.commands(org, name) }),
      client.invalidateQueries({ queryKey: keys.nodes(org, name) }),
    ]);
  }

  return (
    <ConfirmDialog
      open={kind !== undefined}
      onOpenChange={(open) => {
        if (!open) onDone();
      }}
      title={kind === undefined ? '' : `${nodeTitle(node)}: ${commandWords[kind].title.toLowerCase()}?`}
      confirm="Ask the node"
      onConfirm={ask}
    >
      {kind !== undefined && commandWords[kind].does} If it does not call within an hour, nothing happens.
    </ConfirmDialog>
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
