import { useQuery } from '@tanstack/react-query';
import { lazy, type ReactNode, Suspense, useCallback } from 'react';
import { Link, useNavigate, useParams, useSearchParams } from 'react-router';
import { plainReason } from '../../conductor/reason';
import type { Execution, Task } from '../../conductor/types';
import { workflowEnded } from '../../conductor/types';
import { Loaded } from '../../console/loaded';
import { Button } from '../../ui/button';
import { JsonView } from '../../ui/json-view';
import { Page } from '../../ui/layout';
import { LongText } from '../../ui/long-text';
import { Notice, Skeleton } from '../../ui/placeholder';
import { Tabs } from '../../ui/tabs';
import { ApiError } from '../client/call';
import { useLiveExecution } from '../client/live';
import { executionQuery } from '../client/queries';
import { ExecutionControls } from '../parts/execution-controls';
import { ExecutionFacts } from '../parts/execution-facts';
import { Pane, Scrolled } from '../parts/pane';
import { TaskList } from '../parts/task-list';
import { TaskPanel } from '../parts/task-panel';
import { Timeline } from '../parts/timeline';
import { WorkflowBadge } from '../parts/workflow-badge';
import { type ExecutionTab, executionTabs, paths } from '../paths';
import { failedTasks, resolveSelection } from '../selection';
import { useSubWorkflows } from '../use-sub-workflows';
import styles from './execution.module.css';
import { NotFound } from './not-found';

// The graph is the heaviest part of the page; its head does not wait for it.
const ExecutionGraph = lazy(async () => ({ default: (await import('../../graph')).ExecutionGraph }));

/** One execution: its graph, timeline, tasks and JSON, the selected task, and what can be done. */
export function ExecutionPage() {
  const { id = '' } = useParams();
  const query = useQuery(executionQuery(id));
  const ended = query.data !== undefined && workflowEnded(query.data.status);
  const missing = query.error instanceof ApiError && query.error.status === 404;
  useLiveExecution(ended || missing ? null : id);
  if (missing && query.data === undefined) return <NotFound what="execution" name={id} />;
  const { data, error } = query;
  const standIn = error ? 'Execution' : <Skeleton width={280} height={24} />;
  return (
    <Page
      width="wide"
      title={data ? <Title execution={data} /> : standIn}
      windowTitle={data?.workflowName ?? 'Execution'}
      badge={data && <WorkflowBadge status={data.status} />}
      description={data ? <ExecutionFacts execution={data} /> : !error && <Skeleton width={480} />}
      actions={data && <ExecutionControls execution={data} />}
    >
      <Loaded query={query} what="execution" skeleton={<Skeleton height={600} />}>
        {(execution) => <Views key={id} execution={execution} />}
      </Loaded>
    </Page>
  );
}

function Title({ execution: { workflowName, workflowVersion } }: { execution: Execution }) {
  return (
    <Link
      to={paths.definition(workflowName, workflowVersion)}
      className={styles.title}
      title="Its definition"
    >
      {workflowName}
      <span className={styles.version}>.{workflowVersion}</span>
    </Link>
  );
}

function Views({ execution }: { execution: Execution }) {
  const { tab } = useParams();
  const navigate = useNavigate();
  const [params, setParams] = useSearchParams();
  const selected = params.get('task') ?? '';
  const subWorkflows = useSubWorkflows();
  const select = useCallback(
    (reference: string | undefined) =>
      setParams(reference === undefined ? {} : { task: reference }, {
        replace: true,
        preventScrollReset: true,
      }),
    [setParams],
  );
  const view = executionTabs.find((each) => each === tab) ?? 'graph';
  const panel = selected !== '' && (
    <TaskPanel
      selected={selected}
      selection={resolveSelection(execution, subWorkflows.contents, selected)}
      onClose={() => select(undefined)}
    />
  );
  const contents: Record<ExecutionTab, ReactNode> = {
    graph: execution.workflowDefinition ? (
      <Suspense fallback={<Skeleton height="100%" />}>
        <ExecutionGraph
          definition={execution.workflowDefinition}
          execution={execution}
          selected={selected === '' ? undefined : selected}
          onSelect={select}
          subWorkflows={subWorkflows.contents}
          onSubWorkflowsWanted={subWorkflows.onWanted}
        />
      </Suspense>
    ) : (
      <p className={styles.none}>This execution has kept no definition, so there is nothing to draw.</p>
    ),
    timeline: <Timeline execution={execution} selected={selected} onSelect={select} />,
    tasks: <TaskList execution={execution} selected={selected} onSelect={select} />,
    data: <ExecutionData execution={execution} />,
    json: <ExecutionJson execution={execution} />,
  };
  return (
    <>
      <Reason execution={execution} onSelect={select} />
      {subWorkflows.executions.map((child) => (
        <FollowChild key={child.workflowId} execution={child} />
      ))}
      <Tabs
        label="Views of the execution"
        value={view}
        onChange={(next) =>
          void navigate(paths.execution(execution.workflowId, next as ExecutionTab, selected || undefined), {
            replace: true,
            preventScrollReset: true,
          })
        }
        tabs={executionTabs.map((value) => ({
          value,
          label: tabWords[value],
          content: <Pane panel={panel}>{contents[value]}</Pane>,
        }))}
      />
    </>
  );
}

const tabWords: Record<ExecutionTab, string> = {
  graph: 'Graph',
  timeline: 'Timeline',
  tasks: 'Tasks',
  data: 'Input & output',
  json: 'JSON',
};

/** Keeps the execution inside an opened sub-workflow up to date. */
function FollowChild({ execution }: { execution: Execution }) {
  useLiveExecution(workflowEnded(execution.status) ? null : execution.workflowId);
  return null;
}

/** Why it did not complete, and the way to the tasks that are to blame. */
function Reason({ execution, onSelect }: { execution: Execution; onSelect: (reference: string) => void }) {
  const { status, reasonForIncompletion } = execution;
  if (!reasonForIncompletion || status === 'COMPLETED') return null;
  // The last one: what fails earlier and does not end the execution was retried or did not matter.
  const failed = failedTasks(execution);
  // A join fails with what its branches failed with.
  const culprit = failed.findLast(({ taskType }) => taskType !== 'JOIN') ?? failed.at(-1);
  const plain = plainReason(reasonForIncompletion);
  // A reason that came from a task is headed by the task; others, such as a person's, speak for themselves.
  const fromTask = plain !== reasonForIncompletion;
  return (
    <Notice
      kind={status === 'TERMINATED' || !workflowEnded(status) ? 'warning' : 'failed'}
      title={fromTask && culprit !== undefined ? headline(culprit) : undefined}
      action={
        culprit !== undefined && (
          <Button size="small" onClick={() => onSelect(culprit.referenceTaskName)}>
            {culprit.referenceTaskName.length > 32 ? 'Show the task' : `Show ${culprit.referenceTaskName}`}
          </Button>
        )
      }
    >
      <LongText>{plain || 'No reason was given.'}</LongText>
    </Notice>
  );
}

function headline({ referenceTaskName, status }: Task): string {
  return `${referenceTaskName} ${status === 'TIMED_OUT' ? 'timed out' : 'failed'}`;
}

/** What the execution was started with, and what came of it. */
function ExecutionData({ execution: { input, output, variables } }: { execution: Execution }) {
  const parts = [
    { name: 'Input', value: input },
    { name: 'Output', value: output },
    { name: 'Variables', value: variables ?? {} },
  ];
  return (
    <div className={styles.data}>
      {parts.map(({ name, value }) => (
        <section key={name}>
          <h2>{name}</h2>
          <JsonView value={value} label={name.toLowerCase()} depth={3} />
        </section>
      ))}
    </div>
  );
}

function ExecutionJson({ execution }: { execution: Execution }) {
  return (
    <Scrolled>
      <JsonView value={execution} label="execution" />
    </Scrolled>
  );
}
