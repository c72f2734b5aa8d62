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
import { answer, api, type Grant } from '../api/client';
import { grantsQuery, keys } from '../api/queries';
import { roleWords } from '../roles';
import { GiveAccess, type Place } from './give-access';

export interface AccessProps {
  org: string;
  place: Place;
  /** Why one may not change it. */
  reason: string | undefined;
  description: string;
}

/** Who may use a cluster, or the clusters of a project, beside those whose role in the organization lets them. */
export function Access({ org, place, reason, description }: AccessProps) {
  const list = useQuery({
    ...grantsQuery(org, place.kind === 'cluster' ? place.name : undefined),
    select: (grants) => (place.kind === 'cluster' ? grants : grants.filter(inProject(place.name))),
  });
  const [giving, setGiving] = useState(false);
  const [leaving, setLeaving] = useState<Grant>();
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
      <Card flush title="Access" description={description} actions={(list.data?.length ?? 0) > 0 && give}>
        <Loaded query={list} what="access" skeleton={<Skeleton height={160} />}>
          {(data) => (
            <Table
              label="Access"
              columns={columnsFor(place, reason, setLeaving)}
              rows={data}
              rowKey={({ id }) => id}
              empty={
                <EmptyState
                  icon={<Users size={32} aria-hidden />}
                  title="Nobody was given a role here"
                  action={give}
                >
                  Give one to somebody who shall use this {place.kind} only, or may do more in it than
                  elsewhere.
                </EmptyState>
              }
            />
          )}
        </Loaded>
      </Card>
      <GiveAccess org={org} place={place} open={giving} onOpenChange={setGiving} />
      <TakeBack org={org} place={place} grant={leaving} onDone={() => setLeaving(undefined)} />
    </>
  );
}

const titleOf = ({ role, roleName }: Grant) => roleWords(role)?.title ?? roleName ?? role;

/** Whether a grant holds in all of a project. */
const inProject =
  (name: string) =>
  ({ cluster, project }: Grant) =>
    cluster === undefined && (project ?? name) === name;

/** Whether a grant was given in the place itself, and not in something that holds it. */
const givenIn = ({ kind }: Place, grant: Grant) => grant[kind] !== undefined;

/** Where a grant comes from. */
function placeOf(grant: Grant, at: Place): string {
  if (givenIn(at, grant)) return `This ${at.kind}`;
  return grant.project === undefined ? 'Whole organization' : `Project ${grant.project}`;
}

function columnsFor(at: Place, reason: string | undefined, onTake: (grant: Grant) => void): Column<Grant>[] {
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
    { key: 'where', title: 'Holds in', secondary: true, render: (grant) => placeOf(grant, at) },
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
            (givenIn(at, grant)
              ? undefined
              : `${placeOf(grant, at)}: it was not given in this ${at.kind}, so it cannot be taken back here.`)
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
  org,
  place: { name },
  grant,
  onDone,
}: {
  org: string;
  place: Place;
  grant: Grant | undefined;
  onDone: () => void;
}) {
  const client = useQueryClient();
  const toast = useToast();

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
