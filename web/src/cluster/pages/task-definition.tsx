import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Pencil, Trash2 } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { Link, useNavigate, useParams } from 'react-router';
import { Loaded } from '../../console/loaded';
import { Button } from '../../ui/button';
import { Card } from '../../ui/card';
import { ConfirmDialog } from '../../ui/confirm-dialog';
import { JsonView } from '../../ui/json-view';
import { Page } from '../../ui/layout';
import { EmptyState, Skeleton } from '../../ui/placeholder';
import { type Column, Table } from '../../ui/table';
import { useToast } from '../../ui/toast';
import { ApiError } from '../client/call';
import { commands } from '../client/commands';
import { definitionsQuery, overviewQuery, taskDefinitionQuery } from '../client/queries';
import type { TaskDef } from '../client/types';
import { AllowedLink } from '../parts/allowed-link';
import { QueueTable } from '../parts/queue-table';
import { useRights } from '../parts/require-access';
import { Sharing } from '../parts/sharing';
import { paths } from '../paths';
import { needs } from '../rights';
import { lengthText, retryText, timeoutText } from '../task-policy';
import { type Use, usesOf } from '../uses';
import styles from './task-definition.module.css';

/** The policy of one task, and its queue. */
export function TaskDefinitionPage() {
  const { name = '' } = useParams();
  const rights = useRights();
  const query = useQuery(taskDefinitionQuery(name));
  const unregistered = query.error instanceof ApiError && query.error.status === 404;
  return (
    <Page
      title={name}
      description={query.data?.description || 'Task definition'}
      actions={query.data && <Actions name={name} />}
    >
      {unregistered ? (
        <Card>
          <EmptyState
            title="Nothing is registered under this name"
            action={
              <AllowedLink to={paths.newTaskDefinition(name)} need={needs.newTaskDefinition}>
                Register {name}
              </AllowedLink>
            }
          >
            Tasks called <code>{name}</code> run all the same: with 3 retries a minute apart, and an hour for
            their worker to answer.
          </EmptyState>
        </Card>
      ) : (
        <Loaded query={query} what="task definition" skeleton={<Skeleton height={320} />}>
          {(def) => <Policy def={def} />}
        </Loaded>
      )}
      {rights.maySome('workflow:read') && <Uses name={name} />}
      {rights.may('queue:read') && <TaskQueue name={name} />}
      {rights.may('access:read') && <Sharing kind="TASK_DEF" name={name} />}
    </Page>
  );
}

function Actions({ name }: { name: string }) {
  const [asked, setAsked] = useState(false);
  const client = useQueryClient();
  const navigate = useNavigate();
  const toast = useToast();
  return (
    <>
      <Button
        icon={<Trash2 aria-hidden />}
        disabledReason={useRights().lacks(needs.deleteTaskDefinition(name))}
        onClick={() => setAsked(true)}
      >
        Delete
      </Button>
      <AllowedLink
        to={paths.editTaskDefinition(name)}
        need={needs.editTaskDefinition(name)}
        icon={<Pencil aria-hidden />}
      >
        Edit
      </AllowedLink>
      <ConfirmDialog
        open={asked}
        onOpenChange={setAsked}
        danger
        title={`Delete the task definition ${name}?`}
        confirm="Delete"
        onConfirm={async () => {
          await commands.deleteTaskDefinition(name);
          toast({ kind: 'success', title: `${name} deleted` });
          void navigate(paths.taskDefinitions);
          await client.invalidateQueries({ queryKey: ['task-definitions'] });
        }}
      >
        Tasks of this name run on, with 3 retries a minute apart and an hour for their worker to answer. Those
        that are scheduled keep the policy that they were scheduled with.
      </ConfirmDialog>
    </>
  );
}

/** Which workflows have tasks of this name, by their latest versions. */
function Uses({ name }: { name: string }) {
  const query = useQuery(definitionsQuery);
  return (
    <Card title="Used by" description="Tasks of this name in the latest versions of workflows." flush>
      <Loaded query={query} what="definitions" skeleton={<Skeleton height={80} />}>
        {(definitions) => (
          <Table
            label="Used by"
            columns={usageColumns}
            rows={usesOf(name, definitions)}
            rowKey={({ workflow, reference }) => `${workflow} ${reference}`}
            empty={<p className={styles.none}>No workflow has a task of this name.</p>}
          />
        )}
      </Loaded>
    </Card>
  );
}

const usageColumns: Column<Use>[] = [
  {
    key: 'workflow',
    title: 'Workflow',
    render: ({ workflow, version }) => <Link to={paths.definition(workflow, version)}>{workflow}</Link>,
  },
  {
    key: 'task',
    title: 'As',
    render: ({ workflow, version, reference }) => (
      <Link to={paths.definition(workflow, version, 'graph', reference)}>{reference}</Link>
    ),
  },
];

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
