import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Rocket } from 'lucide-react';
import { useCallback } from 'react';
import { Link } from 'react-router';
import { workflowAppearance } from '../../conductor/appearance';
import { type WorkflowStatus, workflowStatuses } from '../../conductor/types';
import { Loaded } from '../../console/loaded';
import { Reconnecting } from '../../console/reconnecting';
import { Button } from '../../ui/button';
import { Card } from '../../ui/card';
import { Page } from '../../ui/layout';
import { EmptyState, Notice, Skeleton } from '../../ui/placeholder';
import { StateIcon } from '../../ui/status';
import { useChanges, useThrottled } from '../client/live';
import { overviewQuery } from '../client/queries';
import type { Overview } from '../client/types';
import { FirstWorkflow } from '../parts/first-workflow';
import { QueueTable } from '../parts/queue-table';
import { Recent } from '../parts/recent';
import { useInfo, useRights } from '../parts/require-access';
import { SharedWithYou } from '../parts/shared-with-you';
import { paths } from '../paths';
import { unattended } from '../queues';
import { type ExecutionSearch, readSearch } from '../search';
import styles from './home.module.css';

const everything = readSearch(new URLSearchParams());
const failing: ExecutionSearch = { ...everything, statuses: ['FAILED', 'TIMED_OUT'] };
const shownRows = 6;

/** What needs attention, and how the cluster is doing. */
export function Home() {
  const info = useInfo();
  const rights = useRights();
  const whole = rights.may('queue:read') && rights.may('execution:read');
  const overview = useQuery({ ...overviewQuery, enabled: whole });
  const client = useQueryClient();
  const refresh = useThrottled(
    useCallback(
      () =>
        Promise.all([
          client.invalidateQueries({ queryKey: ['overview'] }),
          client.invalidateQueries({ queryKey: ['executions'] }),
        ]),
      [client],
    ),
    1500,
  );
  const live = useChanges(undefined, refresh, refresh);
  return (
    <Page
      title={info.clusterName || 'Cluster'}
      windowTitle="Home"
      badge={<Reconnecting live={live} />}
      description={`Podium ${info.version}`}
    >
      {whole ? (
        <Loaded query={overview} what="overview" skeleton={<Skeleton height={420} />}>
          {(data) => (isEmpty(data) ? <Empty /> : <Dashboard overview={data} />)}
        </Loaded>
      ) : (
        <SharedWithYou />
      )}
    </Page>
  );
}

function isEmpty({ counts, queues }: Overview): boolean {
  return queues.length === 0 && Object.values(counts).every((count) => !count);
}

function Dashboard({ overview }: { overview: Overview }) {
  const lonely = unattended(overview);
  return (
    <>
      <Counts counts={overview.counts} />
      {lonely.length > 0 && (
        <Notice
          kind="warning"
          action={
            <Button size="small" asChild>
              <Link to={paths.queues}>Queues</Link>
            </Button>
          }
        >
          {lonely.length === 1 ? (
            <>
              Tasks wait in the queue <strong>{lonely[0]?.taskType}</strong>, and no worker polls it.
            </>
          ) : (
            <>Tasks wait in {lonely.length} queues that no worker polls.</>
          )}
        </Notice>
      )}
      <Recent
        title="Failing now"
        search={failing}
        empty="Nothing has failed. Failed and timed-out executions show up here as they happen."
      />
      <Recent title="Latest executions" search={everything} empty="Nothing has been run yet." />
      <Card
        title="Queues"
        description="Tasks that wait for workers, deepest first."
        flush
        actions={
          <Button size="small" asChild>
            <Link to={paths.queues}>All queues</Link>
          </Button>
        }
      >
        <QueueTable overview={overview} limit={shownRows} />
      </Card>
    </>
  );
}

function Counts({ counts }: { counts: Overview['counts'] }) {
  return (
    <ul className={styles.counts} aria-label="Executions by status">
      {workflowStatuses.map((status) => (
        <li key={status}>
          <Count status={status} count={counts[status] ?? 0} />
        </li>
      ))}
    </ul>
  );
}

function Count({ status, count }: { status: WorkflowStatus; count: number }) {
  const { kind, word } = workflowAppearance[status];
  return (
    <Link
      to={paths.executions({ statuses: [status] })}
      className={styles.count}
      data-none={count === 0 || undefined}
    >
      <span className={styles.word}>
        <StateIcon kind={kind} size={14} />
        {word}
      </span>
      <span className={styles.number}>{count.toLocaleString()}</span>
    </Link>
  );
}

function Empty() {
  return (
    <Card>
      <EmptyState
        icon={<Rocket size={32} aria-hidden />}
        title="Run your first workflow"
        action={
          <Button kind="primary" asChild>
            <Link to={paths.definitions}>See definitions</Link>
          </Button>
        }
      >
        <p>This cluster runs nothing yet. Register a definition and start it; it shows up here at once.</p>
      </EmptyState>
      <FirstWorkflow />
    </Card>
  );
}
