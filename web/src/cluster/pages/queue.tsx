import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Undo2 } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { Link, useParams, useSearchParams } from 'react-router';
import { Loaded } from '../../console/loaded';
import { Button } from '../../ui/button';
import { Card } from '../../ui/card';
import { ConfirmDialog } from '../../ui/confirm-dialog';
import { Page } from '../../ui/layout';
import { Notice, Skeleton } from '../../ui/placeholder';
import { Badge } from '../../ui/status';
import { type Column, Table } from '../../ui/table';
import { RelativeTime } from '../../ui/time';
import { useToast } from '../../ui/toast';
import { commands } from '../client/commands';
import { useLiveOverview } from '../client/live';
import { overviewQuery, waitingTasksQuery } from '../client/queries';
import type { Overview, PollData, TaskSummary } from '../client/types';
import { useRights } from '../parts/require-access';
import { paths } from '../paths';
import { queueRows, unattended } from '../queues';
import { needs } from '../rights';
import styles from './queue.module.css';

/** One queue: how deep it is, who polls it, and which tasks wait in it. */
export function QueuePage() {
  const { type = '' } = useParams();
  const [params] = useSearchParams();
  const domain = params.get('domain') ?? undefined;
  const overview = useQuery(overviewQuery);
  useLiveOverview();
  return (
    <Page
      title={type}
      badge={domain && <Badge title="Domain">{domain}</Badge>}
      description={
        <>
          The queue of a task type. <Link to={paths.taskDefinition(type)}>Its task definition</Link>
        </>
      }
      actions={<Requeue type={type} />}
    >
      <Loaded query={overview} what="queue" skeleton={<Skeleton height={90} />}>
        {(data) => <Figures overview={data} type={type} domain={domain} />}
      </Loaded>
      <Waiting type={type} domain={domain} />
      <Loaded query={overview} what="workers" skeleton={<Skeleton height={120} />}>
        {({ pollData }) => (
          <Card title="Workers" description="Who polled last." flush>
            <Table
              label="Workers"
              columns={workerColumns}
              rows={pollData.filter(
                (poll) => poll.queueName === type && (poll.domain || undefined) === domain,
              )}
              rowKey={(poll) => poll.workerId ?? ''}
              empty={<p className={styles.none}>No worker has polled this queue.</p>}
            />
          </Card>
        )}
      </Loaded>
    </Page>
  );
}

interface QueueProps {
  type: string;
  domain: string | undefined;
}

function Figures({ overview, type, domain }: QueueProps & { overview: Overview }) {
  const { data } = useQuery(waitingTasksQuery(type, domain));
  const mine = (row: { taskType: string; domain?: string }) =>
    row.taskType === type && (row.domain || undefined) === domain;
  const row = queueRows(overview).find(mine);
  const oldest = data?.results[0]?.scheduledTime;
  const figures: { name: string; value: ReactNode }[] = [
    { name: 'Waiting', value: (row?.depth ?? 0).toLocaleString() },
    { name: 'Oldest', value: oldest ? <RelativeTime at={oldest} /> : '–' },
    { name: 'In progress', value: (row?.inFlight ?? 0).toLocaleString() },
    { name: 'Pollers now', value: (row?.pollers ?? 0).toLocaleString() },
    { name: 'Last poll', value: row?.lastPoll === undefined ? 'never' : <RelativeTime at={row.lastPoll} /> },
  ];
  return (
    <>
      {unattended(overview).some(mine) && (
        <Notice kind="warning" title="No worker comes for these tasks">
          Tasks wait here, and nobody has polled for a minute. Start a worker that polls <code>{type}</code>
          {domain && (
            <>
              {' '}
              in the domain <code>{domain}</code>
            </>
          )}
          .
        </Notice>
      )}
      <dl className={styles.figures}>
        {figures.map(({ name, value }) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </>
  );
}

function Waiting({ type, domain }: QueueProps) {
  const query = useQuery(waitingTasksQuery(type, domain));
  return (
    <Card
      title="Tasks waiting"
      description="Oldest first; those that wait for a retry or a start delay are among them."
      flush
    >
      <Loaded query={query} what="tasks" skeleton={<Skeleton height={200} />}>
        {({ results, totalHits }) => (
          <>
            <Table
              label="Tasks waiting"
              columns={taskColumns}
              rows={results}
              rowKey={(task) => task.taskId}
              empty={<p className={styles.none}>No task waits in this queue.</p>}
            />
            {totalHits > results.length && (
              <p className={styles.none}>
                The oldest {results.length} of {totalHits.toLocaleString()}.
              </p>
            )}
          </>
        )}
      </Loaded>
    </Card>
  );
}

const taskColumns: Column<TaskSummary>[] = [
  {
    key: 'task',
    title: 'Task',
    render: (task) => (
      <Link to={paths.execution(task.workflowId, 'graph', task.referenceTaskName)}>
        {task.referenceTaskName}
      </Link>
    ),
  },
  { key: 'workflow', title: 'Of', render: (task) => task.workflowType },
  {
    key: 'correlation',
    title: 'Correlation id',
    secondary: true,
    width: '180px',
    render: (task) => <span className={styles.cut}>{task.correlationId}</span>,
  },
  {
    key: 'since',
    title: 'Waits since',
    width: '128px',
    align: 'end',
    render: (task) => task.scheduledTime && <RelativeTime at={task.scheduledTime} />,
  },
];

const workerColumns: Column<PollData>[] = [
  { key: 'worker', title: 'Worker', render: (poll) => poll.workerId || 'without a name' },
  {
    key: 'polled',
    title: 'Last poll',
    width: '128px',
    align: 'end',
    render: (poll) => <RelativeTime at={poll.lastPollTime} />,
  },
];

function Requeue({ type }: { type: string }) {
  const [asked, setAsked] = useState(false);
  const client = useQueryClient();
  const toast = useToast();
  return (
    <>
      <Button
        icon={<Undo2 aria-hidden />}
        disabledReason={useRights().lacks(needs.requeue)}
        onClick={() => setAsked(true)}
      >
        Requeue
      </Button>
      <ConfirmDialog
        open={asked}
        onOpenChange={setAsked}
        title={`Requeue what waits for ${type}?`}
        confirm="Requeue"
        onConfirm={async () => {
          const count = await commands.requeue(type);
          toast({ kind: 'success', title: `${count} put back into the queue` });
          await client.invalidateQueries({ queryKey: ['overview'] });
        }}
      >
        Every scheduled task of this type, in all domains, is put into its queue if it is not in it. Tasks
        that are being worked on are left alone.
      </ConfirmDialog>
    </>
  );
}
