import { useQuery, useQueryClient } from '@tanstack/react-query';
import { MonitorSmartphone, UserMinus, UserPlus } from 'lucide-react';
import { useState } from 'react';
import { Loaded } from '../../console/loaded';
import { Button, IconButton } from '../../ui/button';
import { Card } from '../../ui/card';
import { ConfirmDialog } from '../../ui/confirm-dialog';
import { Dialog } from '../../ui/dialog';
import { Field, Input } from '../../ui/field';
import { Form, FormActions, type FormValues } from '../../ui/form';
import { Page } from '../../ui/layout';
import { Skeleton } from '../../ui/placeholder';
import { type Column, Table } from '../../ui/table';
import { RelativeTime } from '../../ui/time';
import { useToast } from '../../ui/toast';
import { answer, api, type Member } from '../api/client';
import { forForm } from '../api/problem';
import { keys, membersQuery } from '../api/queries';
import { Invitations, Invite } from '../parts/invitations';
import { MemberRole } from '../parts/member-role';
import { MemberSessions } from '../parts/member-sessions';
import { RoleField } from '../parts/role-select';
import { Submit } from '../parts/submit';
import { useWhyNot } from '../rights';
import { roleTitle } from '../roles';
import { useMe, useOrganization } from '../session';

const rights = 'Who belongs to the organization. The role says what they may do.';

/** The people of the organization. */
export function Members() {
  const { name: org } = useOrganization();
  const whyNot = useWhyNot();
  const me = useMe();
  const members = useQuery(membersQuery(org));
  const [adding, setAdding] = useState(false);
  const [inviting, setInviting] = useState(false);
  const [leaving, setLeaving] = useState<Member>();
  const [looking, setLooking] = useState<Member>();
  return (
    <Page
      title="Members"
      description={rights}
      actions={
        <>
          <Button disabledReason={whyNot('member.create', 'add members')} onClick={() => setAdding(true)}>
            Add member
          </Button>
          <Button
            kind="primary"
            icon={<UserPlus aria-hidden />}
            disabledReason={whyNot('invitation.create', 'invite people')}
            onClick={() => setInviting(true)}
          >
            Invite
          </Button>
        </>
      }
    >
      <div className="stack">
        <Card flush>
          <Loaded query={members} what="members" skeleton={<Skeleton height={200} />}>
            {(data) => (
              <Table
                label="Members"
                columns={[
                  ...columnsFor(org, data, me.id),
                  actionsFor(
                    {
                      sessions: whyNot('session.read', 'see where members are signed in'),
                      removal: whyNot('member.delete', 'remove members'),
                    },
                    setLooking,
                    setLeaving,
                  ),
                ]}
                rows={data}
                rowKey={(member) => member.id}
              />
            )}
          </Loaded>
        </Card>
        {whyNot('invitation.read', '') === undefined && <Invitations org={org} />}
      </div>
      <Invite org={org} open={inviting} onOpenChange={setInviting} />
      <AddMember org={org} open={adding} onOpenChange={setAdding} />
      <MemberSessions org={org} member={looking} onDone={() => setLooking(undefined)} />
      <RemoveMember org={org} member={leaving} onDone={() => setLeaving(undefined)} />
    </Page>
  );
}

function columnsFor(org: string, all: Member[], myId: string): Column<Member>[] {
  return [
    {
      key: 'name',
      title: 'Name',
      render: ({ id, name }) => (
        <>
          <strong>{name}</strong>
          {id === myId && <span className="muted"> (you)</span>}
        </>
      ),
    },
    { key: 'email', title: 'E-mail', secondary: true, render: ({ email }) => email },
    {
      key: 'role',
      title: 'Role',
      render: (member) => (
        <span className="row">
          <MemberRole org={org} member={member} lastOwner={isLastOwner(member, all)} />
          {member.provider !== undefined && <span className="muted">by {member.provider}</span>}
        </span>
      ),
    },
    { key: 'since', title: 'Since', secondary: true, render: ({ since }) => <RelativeTime at={since} /> },
  ];
}

function actionsFor(
  whyNot: { sessions: string | undefined; removal: string | undefined },
  onLook: (member: Member) => void,
  onRemove: (member: Member) => void,
): Column<Member> {
  return {
    key: 'actions',
    title: <span className="visually-hidden">Actions</span>,
    align: 'end',
    width: '96px',
    render: (member) => (
      <>
        <IconButton
          size="small"
          label={`Where ${member.name} is signed in`}
          disabledReason={whyNot.sessions}
          onClick={() => onLook(member)}
        >
          <MonitorSmartphone aria-hidden />
        </IconButton>
        <IconButton
          size="small"
          label={`Remove ${member.name}`}
          disabledReason={whyNot.removal}
          onClick={() => onRemove(member)}
        >
          <UserMinus aria-hidden />
        </IconButton>
      </>
    ),
  };
}

const isLastOwner = (member: Member, all: Member[]) =>
  member.role === 'owner' && all.filter(({ role }) => role === 'owner').length === 1;

function AddMember({
  org,
  open,
  onOpenChange,
}: {
  org: string;
  open: boolean;
  onOpenChange: (open: boolean) => void;
}) {
  const client = useQueryClient();
  const toast = useToast();

  async function add({ email = '', role = '' }: FormValues) {
    const member = await forForm(
      answer(
        api.POST('/organizations/{org}/members', {
          params: { path: { org } },
          body: { email: email.trim(), role },
        }),
      ),
    );
    await client.invalidateQueries({ queryKey: keys.members(org) });
    onOpenChange(false);
    toast({
      kind: 'success',
      title: `${member.name} is ${roleTitle(member.role).toLowerCase()} of ${org}`,
    });
  }

  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      title="Add member"
      description="Someone who has an account here. A member who is there already gets the role."
    >
      <Form
        className="stack"
        validate={({ email = '' }): Record<string, string> =>
          email.trim() === '' ? { email: 'Enter the e-mail that they sign in with.' } : {}
        }
        onSubmit={add}
      >
        <Field name="email" label="E-mail">
          <Input type="email" autoComplete="off" />
        </Field>
        <RoleField />
        <FormActions>
          <Button onClick={() => onOpenChange(false)}>Cancel</Button>
          <Submit>Add member</Submit>
        </FormActions>
      </Form>
    </Dialog>
  );
}

function RemoveMember({
  org,
  member,
  onDone,
}: {
  org: string;
  member: Member | undefined;
  onDone: () => void;
}) {
  const me = useMe();
  const client = useQueryClient();
  const leaving = member?.id === me.id;
  return (
    <ConfirmDialog
      open={member !== undefined}
      onOpenChange={(open) => {
        if (!open) onDone();
      }}
      title={leaving ? `Leave ${org}?` : `Remove ${member?.name ?? ''}?`}
      confirm={leaving ? 'Leave organization' : 'Remove member'}
      danger
      onConfirm={async () => {
        if (member === undefined) return;
        await answer(
          api.DELETE('/organizations/{org}/members/{member}', {
            params: { path: { org, member: member.id } },
          }),
        );
        await client.invalidateQueries({ queryKey: leaving ? keys.me : keys.members(org) });
      }}
    >
      {leaving
        ? 'You will not see its clusters any more, until an owner adds you again.'
        : `${member?.email ?? ''} will not see the clusters of ${org} any more. Access keys that they made stay valid.${
            member?.provider === undefined
              ? ''
              : ` As long as ${member.provider} has them in a group with a role, they can sign in again.`
          }`}
    </ConfirmDialog>
  );
}
