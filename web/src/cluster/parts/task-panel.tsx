import { useState } from 'react';
import { Link } from 'react-router';
import { plainReason } from '../../conductor/reason';
import type { Task, WorkflowTask } from '../../conductor/types';
import { taskEnded } from '../../conductor/types';
import { attemptAppearance, isWorkerTask, typeWord } from '../../graph';
import { ShortId } from '../../ui/copy';
import { JsonView } from '../../ui/json-view';
import { LongText } from '../../ui/long-text';
import { Notice } from '../../ui/placeholder';
import { StateIcon, StatusBadge } from '../../ui/status';
import { Tabs } from '../../ui/tabs';
import { Duration, RelativeTime, useNow } from '../../ui/time';
import { paths } from '../paths';
import type { Selection } from '../selection';
import { Panel, PanelBody, PanelHead } from './panel';
import { TaskActions } from './task-actions';
import { TaskLogs } from './task-logs';
import styles from './task-panel.module.css';
import { TaskTiming } from './task-timing';

interface TaskPanelProps {
  /** The reference as it stands in the address. */
  selected: string;
  /** undefined while the sub-workflow that holds it is not loaded. */
  selection: Selection | undefined;
  onClose: () => void;
}

/** Everything about the selected task. */
export function TaskPanel({ selected, selection, onClose }: TaskPanelProps) {
  return (
    <Panel label={`Task ${selected}`}>
      {selection === undefined ? (
        <PanelHead name={selected} onClose={onClose} />
      ) : (
        <Content key={selected} selection={selection} onClose={onClose} />
      )}
    </Panel>
  );
}

function Content({ selection, onClose }: { selection: Selection; onClose: () => void }) {
  const { reference, attempts, task } = selection;
  const [chosen, setChosen] = useState<string>();
  const latest = attempts.at(-1);
  const shown = attempts.find((attempt) => attempt.taskId === chosen) ?? latest;
  return (
    <>
      <PanelHead name={reference} type={task?.type} onClose={onClose}>
        <div className={styles.kind}>
          {shown ? <TaskBadge task={shown} /> : <StatusBadge kind="pending">Not reached</StatusBadge>}
          <Kind task={task} attempt={shown} />
        </div>
        {attempts.length > 1 && <Attempts attempts={attempts} shown={shown} onShow={setChosen} />}
        <div className={styles.actions}>
          <TaskActions selection={selection} />
        </div>
      </PanelHead>
      <PanelBody>
        {shown?.reasonForIncompletion && shown.status !== 'COMPLETED' && <Reason task={shown} />}
        {shown?.subWorkflowId && (
          <p>
            Runs as <Link to={paths.execution(shown.subWorkflowId)}>its own execution</Link>{' '}
            <ShortId id={shown.subWorkflowId} what="execution id" />
          </p>
        )}
        {shown && <Facts task={shown} />}
        <Views task={shown} definition={task} />
      </PanelBody>
    </>
  );
}

function TaskBadge({ task }: { task: Task }) {
  const now = useNow(task.scheduledTime, !taskEnded(task.status));
  const { kind, word } = attemptAppearance(task, now);
  return <StatusBadge kind={kind}>{word}</StatusBadge>;
}

function Kind({ task, attempt }: { task: WorkflowTask | undefined; attempt: Task | undefined }) {
  const type = task?.type ?? attempt?.taskType;
  if (type === undefined) return null;
  const name = attempt?.taskDefName ?? task?.name;
  const worker = task?.type === 'SIMPLE' || isWorkerTask(type);
  return (
    <span className={styles.type}>
      {typeWord(type)}
      {worker && name && (
        <>
          {' · '}
          <Link to={paths.taskDefinition(name)}>{name}</Link>
        </>
      )}
      {attempt !== undefined && attempt.iteration > 0 && ` · iteration ${attempt.iteration}`}
    </span>
  );
}

function Attempts({
  attempts,
  shown,
  onShow,
}: {
  attempts: readonly Task[];
  shown: Task | undefined;
  onShow: (taskId: string) => void;
}) {
  return (
    <fieldset className={styles.attempts}>
      <legend className="visually-hidden">Attempts</legend>
      {attempts.map((attempt, i) => {
        const { kind, word } = attemptAppearance(attempt, attempt.updateTime);
        return (
          <button
            key={attempt.taskId}
            type="button"
            className={styles.attempt}
            aria-pressed={attempt === shown}
            aria-label={`Attempt ${i + 1}, ${word}`}
            title={word}
            onClick={() => onShow(attempt.taskId)}
          >
            <StateIcon kind={kind} size={13} />
            {i + 1}
          </button>
        );
      })}
    </fieldset>
  );
}

/** An attempt under way keeps the reason of the one before it. */
function Reason({ task }: { task: Task }) {
  const open = !taskEnded(task.status);
  return (
    <Notice kind={open ? 'warning' : 'failed'}>
      {open && <strong>The attempt before failed: </strong>}
      <LongText>{plainReason(task.reasonForIncompletion ?? '') || 'No reason was given.'}</LongText>
    </Notice>
  );
}

function Facts({ task }: { task: Task }) {
  return (
    <>
      <TaskTiming task={task} />
      <dl className={styles.facts}>
        <dt>Scheduled</dt>
        <dd>{task.scheduledTime ? <RelativeTime at={task.scheduledTime} /> : '–'}</dd>
        {task.endTime > 0 && (
          <>
            <dt>Ended</dt>
            <dd>
              <RelativeTime at={task.endTime} />
            </dd>
          </>
        )}
        {task.workerId && (
          <>
            <dt>Worker</dt>
            <dd className="mono">{task.workerId}</dd>
          </>
        )}
        {task.domain && (
          <>
            <dt>Domain</dt>
            <dd>{task.domain}</dd>
          </>
        )}
        {(task.callbackAfterSeconds ?? 0) > 0 && !taskEnded(task.status) && (
          <>
            <dt>Due after</dt>
            <dd>
              <Duration from={0} to={(task.callbackAfterSeconds ?? 0) * 1000} />
            </dd>
          </>
        )}
        <dt>Task id</dt>
        <dd>
          <ShortId id={task.taskId} what="task id" />
        </dd>
      </dl>
    </>
  );
}

function Views({ task, definition }: { task: Task | undefined; definition: WorkflowTask | undefined }) {
  const [view, setView] = useState(task ? (hasContent(task.outputData) ? 'output' : 'input') : 'definition');
  const tabs = [
    ...(task
      ? [
          { value: 'input', label: 'Input', content: <JsonView value={task.inputData} label="input" /> },
          { value: 'output', label: 'Output', content: <JsonView value={task.outputData} label="output" /> },
          { value: 'logs', label: 'Logs', content: <TaskLogs task={task} /> },
        ]
      : []),
    {
      value: 'definition',
      label: 'Definition',
      content: <JsonView value={definition} label="definition" depth={3} />,
    },
  ];
  const shown = tabs.some((tab) => tab.value === view) ? view : 'definition';
  return <Tabs size="small" label="Task" value={shown} onChange={setView} tabs={tabs} />;
}

function hasContent(data: Task['outputData']): boolean {
  return Object.keys(data ?? {}).length > 0;
}
