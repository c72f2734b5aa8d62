import type { ReactNode } from 'react';
import { Link } from 'react-router';
import { Button } from '../../ui/button';
import { Card } from '../../ui/card';
import { CopyField, ShortId } from '../../ui/copy';
import { Notice } from '../../ui/placeholder';
import { StateIcon, StatusBadge } from '../../ui/status';
import { Duration, RelativeTime } from '../../ui/time';
import type { Cluster } from '../api/client';
import { paths } from '../paths';
import { clouds, executionStates, operationStates, operationTitle } from '../states';
import styles from './cluster-overview.module.css';
import { Fence } from './fence';
import { Steps } from './steps';

/** The cluster's state, how to reach it, what it runs and what was done to it last. */
export function ClusterOverview({ cluster }: { cluster: Cluster }) {
  const { state, operation } = cluster;
  // Without an endpoint there is nothing to use; what matters is what is done or was done.
  const unusable = state === 'CREATING' || state === 'DELETING' || state === 'FAILED';
  return (
    <div className="stack">
      <Fence cluster={cluster} />
      <News cluster={cluster} />
      <div className={styles.columns}>
        <div className="stack">
          {unusable && operation !== undefined ? (
            <Card
              title={operationTitle(operation)}
              actions={
                <Button size="small" asChild>
                  <Link to={paths.operation(cluster.organization, operation.id)}>
                    {operation.state === 'RUNNING' ? 'Watch it' : 'See the workflow'}
                  </Link>
                </Button>
              }
            >
              <Steps
                steps={operation.steps}
                ended={operation.state !== 'RUNNING'}
                waiting={operation.waiting?.step}
              />
            </Card>
          ) : (
            <>
              <Connection cluster={cluster} />
              <Executions cluster={cluster} />
            </>
          )}
        </div>
        <Details cluster={cluster} />
      </div>
    </div>
  );
}

/** What one should know and do now. */
function News({ cluster }: { cluster: Cluster }) {
  const { organization: org, name, state, reason } = cluster;
  if (state === 'FAILED') {
    return (
      <Notice
        kind="failed"
        title="The cluster could not be created"
        action={
          <Button size="small" asChild>
            <Link to={paths.cluster(org, name, 'settings')}>Delete the record</Link>
          </Button>
        }
      >
        <p>{reason}</p>
        <p>Nothing is left of it but this record. Delete it to use the name again.</p>
      </Notice>
    );
  }
  if (cluster.cloud === 'remote' && state === 'CREATING') {
    return (
      <Notice
        kind="running"
        title="It waits for the data plane in your network"
        action={
          <Button size="small" asChild>
            <Link to={paths.join(org, name)}>Join it</Link>
          </Button>
        }
      >
        Start the data plane with the line from the join page; the creation goes on when it calls.
      </Notice>
    );
  }
  if (state === 'UNREACHABLE') {
    return (
      <Notice kind="warning" title="The cluster does not call home">
        {reason} It may well go on serving its workers. Check that its machine and its process run.
      </Notice>
    );
  }
  if (state === 'READY' && reason !== undefined) return <Notice kind="failed">{reason}</Notice>;
  if (state === 'READY' && Object.values(cluster.executions ?? {}).every((count) => count === 0)) {
    return (
      <Notice
        kind="success"
        title="Ready for work"
        action={
          <Button size="small" kind="primary" asChild>
            <Link to={paths.cluster(org, name, 'connect')}>Connect a worker</Link>
          </Button>
        }
      >
        Run a program that registers a workflow, works on its task and starts it.
      </Notice>
    );
  }
  return null;
}

function Connection({ cluster }: { cluster: Cluster }) {
  return (
    <Card title="Connection" description="What SDKs call the server URL.">
      {cluster.endpoint !== undefined && <CopyField text={cluster.endpoint} what="endpoint" />}
    </Card>
  );
}

function Executions({ cluster }: { cluster: Cluster }) {
  const counts = cluster.executions ?? {};
  return (
    <Card title="Executions" description="As the cluster last reported them.">
      <dl className={styles.counts}>
        {Object.entries(executionStates).map(([status, { kind, word }]) => (
          <div key={status} data-none={(counts[status] ?? 0) === 0 || undefined}>
            <dt>
              <StateIcon kind={kind} size={14} />
              {word}
            </dt>
            <dd>{(counts[status] ?? 0).toLocaleString()}</dd>
          </div>
        ))}
      </dl>
    </Card>
  );
}

function Details({ cluster }: { cluster: Cluster }) {
  const { operation } = cluster;
  return (
    <Card title="Details">
      <dl className={styles.details}>
        <Detail term="Runs on">{clouds[cluster.cloud]?.title ?? cluster.cloud}</Detail>
        {cluster.version !== undefined && <Detail term="Version">{cluster.version}</Detail>}
        <Detail term="Created">
          <RelativeTime at={cluster.createdAt} />
        </Detail>
        {cluster.readyAt !== undefined && (
          <Detail term="Ready after">
            <Duration from={cluster.createdAt} to={cluster.readyAt} />
          </Detail>
        )}
        {cluster.lastSeenAt !== undefined && (
          <Detail term="Last call home">
            <RelativeTime at={cluster.lastSeenAt} />
          </Detail>
        )}
        {operation !== undefined && (
          <Detail term="Last operation">
            <span className="row">
              <Link to={paths.operation(cluster.organization, operation.id)}>
                {operationTitle(operation)}
              </Link>
              <StatusBadge kind={operationStates[operation.state].kind}>
                {operationStates[operation.state].word}
              </StatusBadge>
            </span>
          </Detail>
        )}
        <Detail term="Id">
          <ShortId id={cluster.id} what="cluster id" />
        </Detail>
      </dl>
    </Card>
  );
}

function Detail({ term, children }: { term: string; children: ReactNode }) {
  return (
    <div>
      <dt>{term}</dt>
      <dd>{children}</dd>
    </div>
  );
}
