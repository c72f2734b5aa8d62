import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Link, useParams } from 'react-router';
import { Loaded } from '../../console/loaded';
import { Button } from '../../ui/button';
import { Card } from '../../ui/card';
import { JsonView } from '../../ui/json-view';
import { Page } from '../../ui/layout';
import { EmptyState, Skeleton } from '../../ui/placeholder';
import { ApiError } from '../client/call';
import { overviewQuery, taskDefinitionQuery } from '../client/queries';
import type { TaskDef } from '../client/types';
import { QueueTable } from '../parts/queue-table';
import { paths } from '../paths';
import { lengthText, retryText, timeoutText } from '../task-policy';
import styles from './task-definition.module.css';

/** The policy of one task, and its queue. */
export function TaskDefinitionPage() {
  const { name = '' } = useParams();
  const query = useQuery(taskDefinitionQuery(name));
  const unregistered = query.error instanceof ApiError && query.error.status === 404;
  return (
    <Page
      title={name}
      description={query.data?.description || 'Task definition'}
      actions={
        <Button asChild>
          <Link to={paths.taskDefinitions}>All task definitions</Link>
        </Button>
      }
    >
      {unregistered ? (
        <Card>
          <EmptyState title="Nothing is registered under this name">
            Tasks called <code>{name}</code> run all the same: with 3 retries a minute apart, and an hour for
            their worker to answer.
          </EmptyState>
        </Card>
      ) : (
        <Loaded query={query} what="task definition" skeleton={<Skeleton height={320} />}>
          {(def) => <Policy def={def} />}
        </Loaded>
      )}
      <TaskQueue name={name} />
    </Page>
  );
}

function Policy({ def }: { def: TaskDef }) {
  const facts: [string, ReactNode][] = [
    ['Retries', retryText(def)],
    ['Times out', timeoutText(def)],
    [
      'Worker must answer within',
      def.responseTimeoutSeconds ? lengthText(def.responseTimeoutSeconds) : 'no limit',
    ],
    ['Must be polled within', def.pollTimeoutSeconds ? lengthText(def.pollTimeoutSeconds) : 'no limit'],
    ['All attempts together', def.totalTimeoutSeconds ? lengthText(def.totalTimeoutSeconds) : 'no limit'],
    ['At the same time', def.concurrentExecLimit ? `at most ${def.concurrentExecLimit}` : 'no limit'],
    [
      'Rate',
      def.rateLimitPerFrequency
        ? `at most ${def.rateLimitPerFrequency} in ${lengthText(def.rateLimitFrequencyInSeconds ?? 1)}`
        : 'no limit',
    ],
    ['Inputs', def.inputKeys?.join(', ') || '–'],
    ['Outputs', def.outputKeys?.join(', ') || '–'],
    ['Owner', def.ownerEmail || '–'],
  ];
  return (
    <>
      <Card title="Policy">
        <dl className={styles.facts}>
          {facts.map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      </Card>
      <Card title="JSON">
        <JsonView value={def} label="task definition" maxHeight={480} />
      </Card>
    </>
  );
}

function TaskQueue({ name }: { name: string }) {
  const { data } = useQuery(overviewQuery);
  if (data === undefined) return null;
  const own = {
    ...data,
    queues: data.queues.filter((queue) => queue.taskType === name),
    pollData: data.pollData.filter((poll) => poll.queueName === name),
  };
  return (
    <Card title="Queue" flush>
      <QueueTable overview={own} />
    </Card>
  );
}
