import { useQuery, useQueryClient } from '@tanstack/react-query';
import { LogOut } from 'lucide-react';
import { Loaded } from '../../console/loaded';
import { IconButton } from '../../ui/button';
import { Card } from '../../ui/card';
import { Page } from '../../ui/layout';
import { Skeleton } from '../../ui/placeholder';
import { Badge } from '../../ui/status';
import { type Column, Table } from '../../ui/table';
import { RelativeTime } from '../../ui/time';
import { useToast } from '../../ui/toast';
import { answer, api, type Session } from '../api/client';
import { keys, sessionsQuery } from '../api/queries';
import { browserOf } from '../browser-name';
import { Frame } from '../parts/frame';

/** Where one is signed in, and the end of it. */
export function Sessions() {
  const list = useQuery(sessionsQuery);
  const client = useQueryClient();
  const toast = useToast();

  async function end(session: Session) {
    try {
      await answer(api.DELETE('/me/sessions/{session}', { params: { path: { session: session.id } } }));
      await client.invalidateQueries({ queryKey: session.current ? keys.me : keys.sessions });
      toast({ kind: 'success', title: 'The session has ended' });
    } catch (error) {
      toast({ kind: 'failed', title: 'The session goes on', detail: (error as Error).message });
    }
  }

  return (
    <Frame>
      <Page
        title="Sessions"
        description="Browsers in which you are signed in. End the ones that you do not know."
      >
        <Card flush>
          <Loaded query={list} what="sessions" skeleton={<Skeleton height={160} />}>
            {(data) => (
              <Table
                label="Sessions"
                columns={columnsFor((session) => void end(session))}
                rows={data}
                rowKey={({ id }) => id}
              />
            )}
          </Loaded>
        </Card>
      </Page>
    </Frame>
  );
}

function columnsFor(onEnd: (session: Session) => void): Column<Session>[] {
  return [
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
    { key: 'address', title: 'From', secondary: true, render: ({ address }) => address ?? '' },
    {
      key: 'through',
      title: 'Signed in',
      secondary: true,
      render: ({ organization }) =>
        organization === undefined ? 'with a password' : `through ${organization}`,
    },
    { key: 'since', title: 'Since', secondary: true, render: (one) => <RelativeTime at={one.createdAt} /> },
    { key: 'seen', title: 'Last used', render: (one) => <RelativeTime at={one.seenAt} /> },
    {
      key: 'end',
      title: <span className="visually-hidden">Actions</span>,
      align: 'end',
      width: '56px',
      render: (one) => (
        <IconButton
          size="small"
          label={`End the session in ${browserOf(one.agent)}`}
          onClick={() => onEnd(one)}
        >
          <LogOut aria-hidden />
        </IconButton>
      ),
    },
  ];
}
