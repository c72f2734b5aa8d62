import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Loaded } from '../../console/loaded';
import { Button } from '../../ui/button';
import { Dialog } from '../../ui/dialog';
import { Form, FormActions } from '../../ui/form';
import { Skeleton } from '../../ui/placeholder';
import { Badge } from '../../ui/status';
import { type Column, Table } from '../../ui/table';
import { RelativeTime } from '../../ui/time';
import { useToast } from '../../ui/toast';
import { answer, api, type Member, type Session } from '../api/client';
import { keys, memberSessionsQuery } from '../api/queries';
import { browserOf } from '../browser-name';
import { useWhyNot } from '../rights';
import { useMe } from '../session';
import { Submit } from './submit';

/** Where a member is signed in, and the end of it. */
export function MemberSessions({
  org,
  member,
  onDone,
}: {
  org: string;
  member: Member | undefined;
  onDone: () => void;
}) {
  const reason = useWhyNot()('session.delete', 'sign members out');
  const mine = useMe().id === member?.id;
  const client = useQueryClient();
  const toast = useToast();
  const { id = '', name = '' } = member ?? {};
  const list = useQuery({ ...memberSessionsQuery(org, id), enabled: member !== undefined });
  const others = list.data?.filter(({ current }) => !current) ?? [];

  async function end() {
    await answer(
      api.DELETE('/organizations/{org}/members/{member}/sessions', { params: { path: { org, member: id } } }),
    );
    onDone();
    toast({ kind: 'success', title: `${name} is signed out${mine ? ' everywhere else' : ''}` });
    await client.invalidateQueries({ queryKey: keys.memberSessions(org, id) });
  }

  return (
    <Dialog
      open={member !== undefined}
      onOpenChange={onDone}
      width="wide"
      title={`Where ${name} is signed in`}
      description={`With a password, or through an identity provider of ${org}. Signing them out ends all of it at once, also what they have open in clusters. They can sign in again: remove them to keep them out.`}
    >
      <Form className="stack" onSubmit={end}>
        <Loaded query={list} what="sessions" skeleton={<Skeleton height={120} />}>
          {(data) => (
            <Table
              label={`Sessions of ${name}`}
              columns={columns}
              rows={data}
              rowKey={(one) => one.id}
              empty={<p className="muted">Nowhere at the moment.</p>}
            />
          )}
        </Loaded>
        <FormActions>
          <Button onClick={onDone}>Close</Button>
          <Submit
            kind="danger"
            disabledReason={
              reason ??
              (others.length === 0 && list.data !== undefined ? 'There is nothing to end.' : undefined)
            }
          >
            {mine ? 'End all others' : 'End all'}
          </Submit>
        </FormActions>
      </Form>
    </Dialog>
  );
}

const columns: Column<Session>[] = [
  {
    key: 'browser',
    title: 'Browser',
    render: ({ agent, current }) => (
      <span className="row">
        <strong>{browserOf(agent)}</strong>
        {current && <Badge>This one</Badge>}
      </span>
    ),
  },
  { key: 'address', title: 'From', render: ({ address }) => address ?? '' },
  {
    key: 'through',
    title: 'Signed in',
    secondary: true,
    render: ({ organization }) => (organization === undefined ? 'with a password' : 'by single sign-on'),
  },
  { key: 'since', title: 'Since', secondary: true, render: (one) => <RelativeTime at={one.createdAt} /> },
  { key: 'seen', title: 'Last used', render: (one) => <RelativeTime at={one.seenAt} /> },
];
