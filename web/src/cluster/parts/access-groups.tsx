import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Plus, UsersRound } from 'lucide-react';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { Button } from '../../ui/button';
import { ConfirmDialog } from '../../ui/confirm-dialog';
import { Field, Input } from '../../ui/field';
import { FormRefused } from '../../ui/form';
import { EmptyState } from '../../ui/placeholder';
import type { Column } from '../../ui/table';
import { commands } from '../client/commands';
import { groupsQuery, usersQuery } from '../client/queries';
import type { Group } from '../client/types';
import { paths } from '../paths';
import { needs } from '../rights';
import { Catalog, NameCell } from './catalog';
import { useRights } from './require-access';

type Row = Group & { members: number };

/** Groups of people: those of the organization, and those made here. */
export function AccessGroups() {
  const [making, setMaking] = useState(false);
  const users = useQuery(usersQuery);
  const groups = useQuery({
    ...groupsQuery,
    select: (all: Group[]): Row[] =>
      all.map((group) => ({
        ...group,
        members: (users.data ?? []).filter((user) => user.groups.some(({ id }) => id === group.id)).length,
      })),
  });
  const make = (
    <Button
      kind="primary"
      icon={<Plus aria-hidden />}
      disabledReason={useRights().lacks(needs.access)}
      onClick={() => setMaking(true)}
    >
      New group
    </Button>
  );
  return (
    <div className="stack">
      {(groups.data?.length ?? 0) > 0 && <div className="row">{make}</div>}
      <Catalog
        one="group"
        many="groups"
        query={groups}
        nameOf={({ id }) => id}
        textOf={({ description }) => description}
        pathOf={({ id }) => paths.group(id)}
        columns={columns}
        empty={
          <EmptyState icon={<UsersRound size={32} aria-hidden />} title="No groups yet" action={make}>
            What is shared with a group holds for everybody in it. Groups of the organization show up here
            with the first of their members.
          </EmptyState>
        }
      />
      {making && (
        <NewGroup taken={(groups.data ?? []).map(({ id }) => id)} onClose={() => setMaking(false)} />
      )}
    </div>
  );
}

const columns: Column<Row>[] = [
  {
    key: 'name',
    title: 'Name',
    render: ({ id, description }) => <NameCell name={id} to={paths.group(id)} description={description} />,
  },
  { key: 'members', title: 'People', align: 'end', width: '96px', render: ({ members }) => members },
];

function NewGroup({ taken, onClose }: { taken: readonly string[]; onClose: () => void }) {
  const client = useQueryClient();
  const navigate = useNavigate();
  return (
    <ConfirmDialog
      open
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      title="New group"
      confirm="Create"
      fields={
        <>
          <Field name="name" label="Name">
            <Input autoComplete="off" maxLength={120} />
          </Field>
          <Field name="description" label="Description" optional>
            <Input autoComplete="off" maxLength={250} />
          </Field>
        </>
      }
      onConfirm={async ({ name = '', description = '' }) => {
        const id = name.trim();
        if (id === '') throw new FormRefused({ fields: { name: 'Enter a name.' } });
        if (taken.includes(id)) throw new FormRefused({ fields: { name: 'is taken' } });
        await commands.saveGroup(id, description.trim());
        await client.invalidateQueries({ queryKey: ['access'] });
        void navigate(paths.group(id));
      }}
    >
      A group of this cluster. Groups of the whole organization are made in the cloud console.
    </ConfirmDialog>
  );
}
