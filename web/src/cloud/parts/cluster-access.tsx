import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Plus, Trash2, Users } from 'lucide-react';
import { useState } from 'react';
import { Loaded } from '../../console/loaded';
import { Button, IconButton } from '../../ui/button';
import { Card } from '../../ui/card';
import { ConfirmDialog } from '../../ui/confirm-dialog';
import { EmptyState, Skeleton } from '../../ui/placeholder';
import { Badge } from '../../ui/status';
import { type Column, Table } from '../../ui/table';
import { useToast } from '../../ui/toast';
import { answer, api, type Cluster, type Grant } from '../api/client';
import { grantsQuery, keys } from '../api/queries';
import { whyNot } from '../rights';
import { roleWords } from '../roles';
import { GiveAccess } from './give-access';

/** Who may use a cluster beside those whose role in the organization lets them. */
export function ClusterAccess({ cluster }: { cluster: Cluster }) {
  const list = useQuery(grantsQuery(cluster.organization, cluster.name));
  const [giving, setGiving] = useState(false);
  const [leaving, setLeaving] = useState<Grant>();
  const reason = whyNot(cluster, 'grant.create', 'say who may use this cluster');
  const give = (
    <Button
      kind="primary"
      icon={<Plus aria-hidden />}
      disabledReason={reason}
      onClick={() => setGiving(true)}
    >
      Give access
    </Button>
  );
  return (
    <>
      <Card
        flush
        title="Access"
        description="Who was given a role here. Owners, admins, members and auditors use all clusters by theirs."
        actions={(list.data?.length ?? 0) > 0 && give}
      >
        <Loaded query={list} what="access" skeleton={<Skeleton height={160} />}>
          {(data) => (
            <Table
              label="Access"
              columns={columnsFor(reason, setLeaving)}
              rows={data}
              rowKey={({ id }) => id}
              empty={
                <EmptyState
                  icon={<Users size={32} aria-hidden />}
                  title="Nobody was given a role here"
                  action={give}
                >
                  Give one to somebody who shall use this cluster only, or may do more in it than elsewhere.
                </EmptyState>
              }
            />
          )}
        </Loaded>
      </Card>
      <GiveAccess cluster={cluster} open={giving} onOpenChange={setGiving} />
      <TakeBack cluster={cluster} grant={leaving} onDone={() => setLeaving(undefined)} />
    </>
  );
}

const titleOf = ({ role, roleName }: Grant) => roleWords(role)?.title ?? roleName ?? role;

/** Where a grant comes from, as seen from a cluster. */
function placeOf({ cluster, project }: Grant): string {
  if (cluster !== undefined) return 'This cluster';
  return project === undefined ? 'Whole organization' : `Project ${project}`;
}

function columnsFor(reason: string | undefined, onTake: (grant: Grant) => void): Column<Grant>[] {
  return [
    {
      key: 'who',
      title: 'Who',
      render: ({ principalKind, principalName }) => (
        <span className="row">
          <strong>{principalName}</strong>
          {principalKind === 'group' && <Badge>Group</Badge>}
          {principalKind === 'service-account' && <Badge>Service account</Badge>}
        </span>
      ),
    },
    {
      key: 'role',
      title: 'Role',
      render: (grant) => <span title={roleWords(grant.role)?.can}>{titleOf(grant)}</span>,
    },
    { key: 'can', title: 'May', secondary: true, render: ({ role }) => roleWords(role)?.can },
    { key: 'where', title: 'Holds in', secondary: true, render: placeOf },
    {
      key: 'take',
      title: <span className="visually-hidden">Actions</span>,
      align: 'end',
      width: '56px',
      render: (grant) => (
        <IconButton
          size="small"
          label={`Take ${titleOf(grant)} back from ${grant.principalName}`}
          disabledReason={
            reason ??
            (grant.cluster === undefined
              ? `${placeOf(grant)}: it was not given in this cluster, so it cannot be taken back here.`
              : undefined)
          }
          onClick={() => onTake(grant)}
        >
          <Trash2 aria-hidden />
        </IconButton>
      ),
    },
  ];
}

function TakeBack({
  cluster,
  grant,
  onDone,
}: {
  cluster: Cluster;
  grant: Grant | undefined;
  onDone: () => void;
}) {
  const client = useQueryClient();
  const toast = useToast();
  const { organization: org, name } = cluster;

  async function take() {
    if (grant === undefined) return;
    await answer(
      api.DELETE('/organizations/{org}/grants/{grant}', { params: { path: { org, grant: grant.id } } }),
    );
    await client.invalidateQueries({ queryKey: keys.grants(org) });
    toast({ kind: 'success', title: `Took ${titleOf(grant)} in ${name} back from ${grant.principalName}` });
  }

  return (
    <ConfirmDialog
      open={grant !== undefined}
      onOpenChange={(open) => {
        if (!open) onDone();
      }}
      title={`Take ${grant === undefined ? 'it' : titleOf(grant)} back from ${grant?.principalName ?? ''}?`}
      confirm="Take back"
      danger
      onConfirm={take}
    >
      {grant?.principalKind === 'group' ? 'Everybody in the group loses it' : 'They lose it'} at once, also
      where they are signed in. What they may do by another role stays.
    </ConfirmDialog>
  );
}
