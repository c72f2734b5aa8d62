import { useQuery, useQueryClient } from '@tanstack/react-query';
import { AppWindow, Plus } from 'lucide-react';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { Button } from '../../ui/button';
import { ConfirmDialog } from '../../ui/confirm-dialog';
import { Field, Input } from '../../ui/field';
import { EmptyState } from '../../ui/placeholder';
import type { Column } from '../../ui/table';
import { RelativeTime } from '../../ui/time';
import { commands } from '../client/commands';
import { applicationsQuery } from '../client/queries';
import type { Application } from '../client/types';
import { paths } from '../paths';
import { needs } from '../rights';
import { roleWords } from '../roles';
import { Catalog, NameCell } from './catalog';
import { useRights } from './require-access';

/** Programs that call this cluster. */
export function Applications() {
  const [making, setMaking] = useState(false);
  const applications = useQuery(applicationsQuery);
  const make = (
    <Button
      kind="primary"
      icon={<Plus aria-hidden />}
      disabledReason={useRights().lacks(needs.access)}
      onClick={() => setMaking(true)}
    >
      New application
    </Button>
  );
  return (
    <div className="stack">
      {(applications.data?.length ?? 0) > 0 && <div className="row">{make}</div>}
      <Catalog
        one="application"
        many="applications"
        query={applications}
        nameOf={({ name, id }) => name || id}
        pathOf={({ id }) => paths.application(id)}
        columns={columns}
        empty={
          <EmptyState icon={<AppWindow size={32} aria-hidden />} title="No applications yet" action={make}>
            An application is a program that calls this cluster: a group of workers, a web shop. It signs in
            with access keys, and may do what its roles allow and what was shared with it.
          </EmptyState>
        }
      />
      {making && <NewApplication onClose={() => setMaking(false)} />}
    </div>
  );
}

const columns: Column<Application>[] = [
  {
    key: 'name',
    title: 'Name',
    render: ({ id, name, elsewhere }) => (
      <NameCell
        name={name || id}
        to={paths.application(id)}
        description={elsewhere ? 'Its key was made elsewhere' : undefined}
      />
    ),
  },
  {
    key: 'roles',
    title: 'Role',
    render: ({ roles }) =>
      roles.length === 0 ? (
        <span className="muted">Only what is shared with it</span>
      ) : (
        roles.map((role) => roleWords(role).title).join(', ')
      ),
  },
  {
    key: 'created',
    title: 'Made',
    align: 'end',
    width: '140px',
    secondary: true,
    render: ({ createTime, createdBy }) =>
      createTime > 0 && (
        <span title={createdBy}>
          <RelativeTime at={createTime} />
        </span>
      ),
  },
];

function NewApplication({ onClose }: { onClose: () => void }) {
  const client = useQueryClient();
  const navigate = useNavigate();
  return (
    <ConfirmDialog
      open
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      title="New application"
      confirm="Create"
      fields={
        <Field name="name" label="Name" hint="What the program is called, such as “image workers”.">
          <Input autoComplete="off" maxLength={250} />
        </Field>
      }
      onConfirm={async ({ name = '' }) => {
        const made = await commands.createApplication(name.trim());
        await client.invalidateQueries({ queryKey: ['access'] });
        void navigate(paths.application(made.id));
      }}
    >
      It begins without rights. On its page you give it a role or share single things with it, and make its
      access keys.
    </ConfirmDialog>
  );
}
