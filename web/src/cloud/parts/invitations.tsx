import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Trash2 } from 'lucide-react';
import { useState } from 'react';
import { Button, IconButton } from '../../ui/button';
import { Card } from '../../ui/card';
import { CopyField } from '../../ui/copy';
import { Dialog } from '../../ui/dialog';
import { Field, Input } from '../../ui/field';
import { Form, FormActions, type FormValues } from '../../ui/form';
import { Notice } from '../../ui/placeholder';
import { Badge, StatusBadge } from '../../ui/status';
import { type Column, Table } from '../../ui/table';
import { RelativeTime } from '../../ui/time';
import { useToast } from '../../ui/toast';
import { answer, api, type Invitation } from '../api/client';
import { forForm } from '../api/problem';
import { invitationsQuery, keys } from '../api/queries';
import { roleTitle } from '../roles';
import { RoleField } from './role-select';
import { Submit } from './submit';

/** Invitations that nobody has accepted yet; nothing where there are none. */
export function Invitations({ org }: { org: string }) {
  const list = useQuery(invitationsQuery(org));
  const client = useQueryClient();
  const toast = useToast();

  async function withdraw({ id, email }: Invitation) {
    try {
      await answer(
        api.DELETE('/organizations/{org}/invitations/{invitation}', {
          params: { path: { org, invitation: id } },
        }),
      );
      await client.invalidateQueries({ queryKey: keys.invitations(org) });
      toast({ kind: 'success', title: `${email} is not invited any more` });
    } catch (error) {
      toast({ kind: 'failed', title: 'The invitation stands', detail: (error as Error).message });
    }
  }

  if (list.data === undefined || list.data.length === 0) return null;
  return (
    <Card flush title="Invited" description="They are not members yet.">
      <Table
        label="Invitations"
        columns={columnsFor((invitation) => void withdraw(invitation))}
        rows={list.data}
        rowKey={({ id }) => id}
      />
    </Card>
  );
}

function columnsFor(onWithdraw: (invitation: Invitation) => void): Column<Invitation>[] {
  return [
    { key: 'email', title: 'Who', render: ({ email }) => <strong>{email}</strong> },
    {
      key: 'role',
      title: 'Role',
      render: ({ role }) => <Badge>{roleTitle(role)}</Badge>,
    },
    { key: 'mail', title: 'E-mail to them', render: (one) => <Mail of={one} /> },
    { key: 'by', title: 'By', secondary: true, render: ({ createdBy }) => createdBy },
    { key: 'until', title: 'Until', secondary: true, render: (one) => <RelativeTime at={one.expiresAt} /> },
    {
      key: 'withdraw',
      title: <span className="visually-hidden">Actions</span>,
      align: 'end',
      width: '56px',
      render: (one) => (
        <IconButton
          size="small"
          label={`Take back the invitation of ${one.email}`}
          onClick={() => onWithdraw(one)}
        >
          <Trash2 aria-hidden />
        </IconButton>
      ),
    },
  ];
}

/** What has become of the e-mail that brings an invitation. */
function Mail({ of: { mail, mailProblem } }: { of: Invitation }) {
  switch (mail) {
    case 'SENT':
      return <StatusBadge kind="success">Sent</StatusBadge>;
    case 'QUEUED':
      return (
        <span className="stack">
          <StatusBadge kind="running">Being sent</StatusBadge>
          {mailProblem !== undefined && <span className="muted">Not yet: {mailProblem}</span>}
        </span>
      );
    case 'FAILED':
      return (
        <span className="stack">
          <StatusBadge kind="failed">Not sent</StatusBadge>
          <span className="muted">{mailProblem}</span>
        </span>
      );
    default:
      return <span className="muted">None: no mail server</span>;
  }
}

/** Asks whom to invite, then shows the link to give them. */
export function Invite({
  org,
  open,
  onOpenChange,
}: {
  org: string;
  open: boolean;
  onOpenChange: (open: boolean) => void;
}) {
  const client = useQueryClient();
  const [made, setMade] = useState<{ email: string; link: string; mail?: Invitation['mail'] }>();

  async function invite({ email = '', role = '' }: FormValues) {
    const invitation = await forForm(
      answer(
        api.POST('/organizations/{org}/invitations', {
          params: { path: { org } },
          body: { email: email.trim(), role },
        }),
      ),
    );
    setMade(invitation);
    await client.invalidateQueries({ queryKey: keys.invitations(org) });
  }

  function change(open: boolean) {
    if (!open) setMade(undefined);
    onOpenChange(open);
  }

  if (made !== undefined) {
    return (
      <Dialog
        open={open}
        onOpenChange={change}
        title={made.mail === undefined ? `Give ${made.email} this link` : `${made.email} is invited`}
        sticky
      >
        <div className="stack">
          {made.mail !== undefined && (
            <p>An e-mail with this link is on its way to them. You can also give it to them yourself.</p>
          )}
          <CopyField text={made.link} what="link" />
          <Notice kind="warning">
            It is shown only now. It works once, for seven days, and for {made.email} alone; send it where
            only they read it.
          </Notice>
          <FormActions>
            <Button kind="primary" onClick={() => change(false)}>
              {made.mail === undefined ? 'I have copied it' : 'Done'}
            </Button>
          </FormActions>
        </div>
      </Dialog>
    );
  }
  return (
    <Dialog
      open={open}
      onOpenChange={change}
      title="Invite"
      description="They get a link by e-mail, where this installation has a mail server, and you see it too. They need no account yet."
    >
      <Form
        className="stack"
        validate={({ email = '' }): Record<string, string> =>
          email.trim() === '' ? { email: 'Enter their work e-mail.' } : {}
        }
        onSubmit={invite}
      >
        <Field name="email" label="E-mail">
          <Input type="email" autoComplete="off" />
        </Field>
        <RoleField />
        <FormActions>
          <Button onClick={() => change(false)}>Cancel</Button>
          <Submit>Invite</Submit>
        </FormActions>
      </Form>
    </Dialog>
  );
}
