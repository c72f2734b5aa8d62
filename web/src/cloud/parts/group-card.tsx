import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Pencil, Trash2, UserMinus, UserPlus } from 'lucide-react';
import { useState } from 'react';
import { Button, IconButton } from '../../ui/button';
import { Card } from '../../ui/card';
import { ConfirmDialog } from '../../ui/confirm-dialog';
import { Dialog } from '../../ui/dialog';
import { Field, Select } from '../../ui/field';
import { Form, FormActions } from '../../ui/form';
import { type Column, Table } from '../../ui/table';
import { useToast } from '../../ui/toast';
import { answer, api, type Group } from '../api/client';
import { forForm } from '../api/problem';
import { grantsQuery, keys, membersQuery, serviceAccountsQuery } from '../api/queries';
import { may, useWhyNot } from '../rights';
import { useOrganization } from '../session';
import { grantInWords } from './grant-words';
import styles from './group-card.module.css';
import { GroupForm } from './group-form';
import { Submit } from './submit';

/** Somebody in a group; a service account has no e-mail. */
interface GroupMember {
  id: string;
  name: string;
  email?: string;
  provider?: string;
}

/** One group: who is in it, what it was given, and what can be done with it. */
export function GroupCard({ org, group }: { org: string; group: Group }) {
  const organization = useOrganization();
  const reason = useWhyNot()('group.update', 'change groups');
  const client = useQueryClient();
  const toast = useToast();
  const grants = useQuery({ ...grantsQuery(org), enabled: may(organization, 'grant.read') });
  const [doing, setDoing] = useState<'adding' | 'editing' | 'deleting'>();
  const stop = () => setDoing(undefined);
  const given = grants.data?.filter(({ principal }) => principal === group.id).map(grantInWords);

  async function takeOut({ id, name }: GroupMember) {
    try {
      await answer(
        api.DELETE('/organizations/{org}/groups/{group}/members/{member}', {
          params: { path: { org, group: group.id, member: id } },
        }),
      );
      await client.invalidateQueries({ queryKey: keys.groups(org) });
    } catch (error) {
      toast({ kind: 'failed', title: `${name} is still in the group`, detail: (error as Error).message });
    }
  }

  async function remove() {
    await answer(
      api.DELETE('/organizations/{org}/groups/{group}', { params: { path: { org, group: group.id } } }),
    );
    await client.invalidateQueries({ queryKey: keys.grants(org) });
    await client.invalidateQueries({ queryKey: keys.groups(org) });
  }

  return (
    <Card
      flush
      title={group.name}
      description={
        <>
          {given !== undefined &&
            (given.length === 0 ? 'Was given nothing yet.' : `Was given: ${given.join(', ')}.`)}
          {group.providerGroups.length > 0 &&
            ` Filled by single sign-on: ${group.providerGroups.join(', ')}.`}
        </>
      }
      actions={
        <>
          <IconButton
            label={`Edit ${group.name}`}
            disabledReason={reason}
            onClick={() => setDoing('editing')}
          >
            <Pencil aria-hidden />
          </IconButton>
          <IconButton
            label={`Delete ${group.name}`}
            disabledReason={reason}
            onClick={() => setDoing('deleting')}
          >
            <Trash2 aria-hidden />
          </IconButton>
          <Button
            icon={<UserPlus aria-hidden />}
            disabledReason={reason}
            aria-label={`Add member to ${group.name}`}
            onClick={() => setDoing('adding')}
          >
            Add member
          </Button>
        </>
      }
    >
      <Table
        label={`Members of ${group.name}`}
        columns={columnsFor(reason, (member) => void takeOut(member))}
        rows={[...group.members, ...group.serviceAccounts]}
        rowKey={({ id }) => id}
        empty={<p className={styles.empty}>Nobody is in it yet.</p>}
      />
      <AddToGroup org={org} group={group} open={doing === 'adding'} onDone={stop} />
      <GroupForm org={org} group={group} open={doing === 'editing'} onOpenChange={stop} />
      <ConfirmDialog
        open={doing === 'deleting'}
        onOpenChange={stop}
        title={`Delete ${group.name}?`}
        confirm="Delete group"
        danger
        onConfirm={remove}
      >
        Its people stay members of {org}, but lose at once what the group was given.
      </ConfirmDialog>
    </Card>
  );
}

function columnsFor(
  reason: string | undefined,
  onTakeOut: (member: GroupMember) => void,
): Column<GroupMember>[] {
  return [
    { key: 'name', title: 'Name', render: ({ name }) => <strong>{name}</strong> },
    { key: 'email', title: 'E-mail', secondary: true, render: ({ email }) => email ?? 'Service account' },
    { key: 'by', title: 'Put in by', render: ({ provider }) => provider ?? 'Hand' },
    {
      key: 'out',
      title: <span className="visually-hidden">Actions</span>,
      align: 'end',
      width: '56px',
      render: (member) => (
        <IconButton
          size="small"
          label={`Take ${member.name} out`}
          disabledReason={
            reason ??
            (member.provider && `${member.provider} puts them in. Take them out of the group there.`)
          }
          onClick={() => onTakeOut(member)}
        >
          <UserMinus aria-hidden />
        </IconButton>
      ),
    },
  ];
}

function AddToGroup({
  org,
  group,
  open,
  onDone,
}: {
  org: string;
  group: Group;
  open: boolean;
  onDone: () => void;
}) {
  const client = useQueryClient();
  const members = useQuery({ ...membersQuery(org), enabled: open });
  const organization = useOrganization();
  const programs = useQuery({
    ...serviceAccountsQuery(org),
    enabled: open && may(organization, 'serviceaccount.read'),
  });
  const outside = (members.data ?? []).filter(({ id }) => !group.members.some((one) => one.id === id));
  const others = (programs.data ?? []).filter(
    ({ id }) => !group.serviceAccounts.some((one) => one.id === id),
  );
  return (
    <Dialog open={open} onOpenChange={onDone} title={`Add to ${group.name}`}>
      <Form
        className="stack"
        validate={({ member = '' }): Record<string, string> =>
          member === '' ? { member: 'Choose somebody.' } : {}
        }
        onSubmit={async ({ member = '' }) => {
          await forForm(
            answer(
              api.PUT('/organizations/{org}/groups/{group}/members/{member}', {
                params: { path: { org, group: group.id, member } },
              }),
            ),
          );
          await client.invalidateQueries({ queryKey: keys.groups(org) });
          onDone();
        }}
      >
        <Field
          name="member"
          label="Member"
          error={members.error?.message}
          hint="They may at once do what the group was given."
        >
          <Select defaultValue="">
            <option value="">Choose somebody</option>
            {outside.map(({ id, name, email }) => (
              <option key={id} value={id}>
                {name} ({email})
              </option>
            ))}
            {others.map(({ id, name }) => (
              <option key={id} value={id}>
                {name} (service account)
              </option>
            ))}
          </Select>
        </Field>
        <FormActions>
          <Button onClick={onDone}>Cancel</Button>
          <Submit>Add member</Submit>
        </FormActions>
      </Form>
    </Dialog>
  );
}
