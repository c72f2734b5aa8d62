import { useMutation, useQuery } from '@tanstack/react-query';
import { KeyRound } from 'lucide-react';
import { useState } from 'react';
import { Link, useParams } from 'react-router';
import { Loaded } from '../../console/loaded';
import { Button } from '../../ui/button';
import { Card } from '../../ui/card';
import { CodeBlock } from '../../ui/code-block';
import { Page } from '../../ui/layout';
import { Notice, Skeleton } from '../../ui/placeholder';
import { StatusBadge } from '../../ui/status';
import { Tabs } from '../../ui/tabs';
import { RelativeTime } from '../../ui/time';
import { answer, api, type Cluster, type JoinToken } from '../api/client';
import { ApiError } from '../api/problem';
import { clusterQuery } from '../api/queries';
import { paths } from '../paths';
import { useOrganization } from '../session';
import { clusterStates } from '../states';
import { NotFound } from './not-found';

/** How a data plane in the customer's own network joins its cluster; turns green when it calls. */
export function JoinPage() {
  const { name: org } = useOrganization();
  const { cluster: name = '' } = useParams();
  const cluster = useQuery(clusterQuery(org, name));
  if (cluster.error instanceof ApiError && cluster.error.status === 404) return <NotFound what="cluster" />;
  const state = cluster.data && clusterStates[cluster.data.state];
  return (
    <Page
      title={`Join ${name}`}
      width="normal"
      badge={state && <StatusBadge kind={state.kind}>{state.word}</StatusBadge>}
      description="Start the data plane in your own network. It calls out to Podium over HTTPS; no port has to be open for us."
    >
      <Loaded query={cluster} what="cluster" skeleton={<Skeleton height={320} />}>
        {(data) =>
          data.cloud === 'remote' ? (
            <Join cluster={data} />
          ) : (
            <Notice kind="info" title="There is nothing to join">
              Podium starts the data plane of this cluster itself.
            </Notice>
          )
        }
      </Loaded>
    </Page>
  );
}

function Join({ cluster }: { cluster: Cluster }) {
  const { organization: org, name } = cluster;
  const invite = useMutation({
    mutationFn: () =>
      answer(
        api.POST('/organizations/{org}/clusters/{cluster}/join-tokens', {
          params: { path: { org, cluster: name } },
        }),
      ),
  });
  const joinable = cluster.state !== 'FAILED' && cluster.state !== 'DELETING';
  return (
    <div className="stack">
      <Calls cluster={cluster} />
      {invite.error !== null && (
        <Notice kind="failed" title="No token could be made">
          {invite.error.message}
        </Notice>
      )}
      {invite.data === undefined ? (
        <Card
          title={cluster.state === 'CREATING' ? 'Get a join token' : 'Join anew'}
          description={
            cluster.state === 'CREATING'
              ? 'The token is good for one data plane and one hour, and is shown once. One that nobody has used ends when you make another.'
              : 'Only when the data plane has lost its folder, or moves to another machine. The one that runs now does not need a token.'
          }
        >
          <Button
            kind={cluster.state === 'CREATING' ? 'primary' : 'secondary'}
            icon={<KeyRound aria-hidden />}
            disabledReason={joinable ? undefined : 'The cluster cannot be joined any more.'}
            pending={invite.isPending}
            onClick={() => invite.mutate()}
          >
            Make a join token
          </Button>
        </Card>
      ) : (
        <Ways token={invite.data} />
      )}
    </div>
  );
}

/** Whether the data plane calls. The page follows the cluster, so this turns green by itself. */
function Calls({ cluster }: { cluster: Cluster }) {
  const { organization: org, name, lastSeenAt } = cluster;
  switch (cluster.state) {
    case 'READY':
      return (
        <Notice
          kind="success"
          title="The data plane calls"
          action={
            <Button size="small" asChild>
              <Link to={paths.cluster(org, name)}>Go to the cluster</Link>
            </Button>
          }
        >
          The cluster is ready{lastSeenAt !== undefined && <>; heard of </>}
          {lastSeenAt !== undefined && <RelativeTime at={lastSeenAt} />}.
        </Notice>
      );
    case 'CREATING':
      return (
        <Notice kind="running" title="Waiting for the data plane's call">
          This page turns green when it calls. You may leave; the creation goes on by itself.
        </Notice>
      );
    case 'UNREACHABLE':
      return (
        <Notice kind="warning" title="The data plane does not call">
          It may well go on serving its workers. Check that it runs, and that it reaches Podium over HTTPS.
        </Notice>
      );
    default:
      return (
        <Notice kind="failed" title="The cluster cannot be joined any more">
          {cluster.reason}
        </Notice>
      );
  }
}

function Ways({ token }: { token: JoinToken }) {
  const [way, setWay] = useState(token.ways[0]?.name ?? '');
  return (
    <Card
      title="Run one of these lines in your network"
      description={
        <>
          Copy it now: the token is not shown again. It ends <RelativeTime at={token.expiresAt} />.
        </>
      }
    >
      <Tabs
        label="Ways to run it"
        size="small"
        value={way}
        onChange={setWay}
        tabs={token.ways.map(({ name, code }) => ({
          value: name,
          label: name,
          content: <CodeBlock code={code} label={`Line for ${name}`} title={name} />,
        }))}
      />
      <p className="muted">
        Its console opens from the machines that reach the data plane. To open it from here, through the link
        that the data plane dials, start it with <code>--console-through-link</code> (or{' '}
        <code>PODIUM_CONSOLE_THROUGH_LINK=true</code>); you can take that back at any time.
      </p>
    </Card>
  );
}
