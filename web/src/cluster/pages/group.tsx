import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Plus, Trash2, UserMinus } from 'lucide-react';
import { useState } from 'react';
import { Link, useNavigate, useParams } from 'react-router';
import { Loaded } from '../../console/loaded';
import { Button, IconButton } from '../../ui/button';
import { Card } from '../../ui/card';
import { ConfirmDialog } from '../../ui/confirm-dialog';
import { Field, Select } from '../../ui/field';
import { FormRefused } from '../../ui/form';
import { Page } from '../../ui/layout';
import { EmptyState, Skeleton } from '../../ui/placeholder';
import { type Column, Table } from '../../ui/table';
import { useToast } from '../../ui/toast';
import { commands } from '../client/commands';
import { groupsQuery, usersQuery } from '../client/queries';
import type { User } from '../client/types';
import { useRights } from '../parts/require-access';
import { SharedWith } from '../parts/shared-with';
import { groupSubject } from '../parts/subjects';
import { paths } from '../paths';
import { needs } from '../rights';
import { NotFound } from './not-found';

/** One group: who is in it, and what is shared with it. */
export function GroupPage() {
  const { id = '' } = useParams();
  const groups = useQuery(groupsQuery);
  const group = groups.data?.find((each) => each.id === id);
  if (groups.data && !group) return <NotFound what="group" name={id} />;
  return (
    <Page
      title={id}
      description={
        <>
          {group?.description && <>{group.description} · </>}
          <Link to={paths.access('groups')}>All groups</Link>
        </>
      }
      actions={group && <Delete id={id} />}
    >
      <Members id={id} />
      <SharedWith subject={groupSubject(id)} them="it" />
    </Page>
  );
}

function Members({ id }: { id: string }) {
  const users = useQuery(usersQuery);
  const [adding, setAdding] = useState(false);
  const client = useQueryClient();
  const toast = useToast();
  const whyNot = useRights().lacks(needs.access);
  const isIn = (user: User) => user.groups.some((group) => group.id === id);

  async function leave(user: User) {
    try {
      await commands.leaveGroup(id, user.id);
    } catch (error) {
      toast({
        kind: 'failed',
        title: `${user.name} is still in the group`,
        detail: error instanceof Error ? error.message : String(error),
      });
    }
    await client.invalidateQueries({ queryKey: ['access'] });
  }

  const columns: Column<User>[] = [
    {
      key: 'name',
      title: 'Name',
      render: (user) => <Link to={paths.person(user.id)}>{user.name || user.id}</Link>,
    },
    { key: 'email', title: 'E-mail', secondary: true, render: (user) => user.id },
    {
      key: 'leave',
      title: <span className="visually-hidden">Actions</span>,
      align: 'end',
      width: '56px',
      render: (user) => (
        <IconButton
          size="small"
          label={`Take ${user.name || user.id} out`}
          disabledReason={whyNot}
          onClick={() => void leave(user)}
        >
          <UserMinus aria-hidden />
        </IconButton>
      ),
    },
  ];
  return (
    <Card
      title="People"
      description="What is shared with the group holds for them."
      flush
      actions={
        <Button icon={<Plus aria-hidden />} disabledReason={whyNot} onClick={() => setAdding(true)}>
          Add somebody
        </Button>
      }
    >
      <Loaded query={users} what="people" skeleton={<Skeleton height={120} />}>
        {(all) => (
          <>
            <Table
              label="People"
              columns={columns}
              rows={all.filter(isIn)}
              rowKey={(user) => user.id}
              empty={<EmptyState title="Nobody is in it">Add people who have been here.</EmptyState>}
            />
            {adding && (
              <Add id={id} others={all.filter((user) => !isIn(user))} onClose={() => setAdding(false)} />
            )}
          </>
        )}
      </Loaded>
    </Card>
  );
}

function Add({ id, others, onClose }: { id: string; others: readonly User[]; onClose: () => void }) {
  const client = useQueryClient();
  return (
    <ConfirmDialog
      open
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      title={`Add somebody to ${id}`}
      confirm="Add"
      fields={
        <Field name="user" label="Who">
          <Select defaultValue="">
            <option value="">Choose a person</option>
            {others.map((user) => (
              <option key={user.id} value={user.id}>
                {user.name} ({user.id})
              </option>
            ))}
          </Select>
        </Field>
      }
      onConfirm={async ({ user = '' }) => {
        if (user === '') throw new FormRefused({ fields: { user: 'Choose a person.' } });
        await commands.joinGroup(id, user);
        await client.invalidateQueries({ queryKey: ['access'] });
      }}
    >
      They may at once do what is shared with the group.
    </ConfirmDialog>
  );
}

function Delete({ id }: { id: string }) {
  const [asked, setAsked] = useState(false);
  const client = useQueryClient();
  const navigate = useNavigate();
  return (
    <>
      <Button
        icon={<Trash2 aria-hidden />}
        disabledReason={useRights().lacks(needs.access)}
        onClick={() => setAsked(true)}
      >
        Delete
      </Button>
      <ConfirmDialog
        open={asked}
        onOpenChange={setAsked}
        danger
        title={`Delete the group ${id}?`}
        confirm="Delete"
        onConfirm={async () => {
          await commands.deleteGroup(id);
          await navigate(paths.access('groups'));
          await client.invalidateQueries({ queryKey: ['access'] });
        }}
      >
        Its people lose what was shared with the group. They themselves stay.
      </ConfirmDialog>
    </>
  );
}
