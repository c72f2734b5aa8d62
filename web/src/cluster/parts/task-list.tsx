import { memo, useMemo, useState } from 'react';
import { plainReason } from '../../conductor/reason';
import type { Execution, Task } from '../../conductor/types';
import { taskEnded } from '../../conductor/types';
import { attemptAppearance, runTime, TypeIcon, typeWord } from '../../graph';
import { Select } from '../../ui/field';
import { StatusBadge } from '../../ui/status';
import { useNow } from '../../ui/time';
import { spanText } from '../../ui/time-text';
import { filterTasks, type TaskGroup, type TaskOrder, taskOrderWords } from '../task-filter';
import { TaskFilters } from './task-filters';
import styles from './task-list.module.css';
import { queueTime } from './task-timing';
import { WindowedGrid } from './windowed-grid';

interface TaskListProps {
  execution: Execution;
  selected: string;
  onSelect: (reference: string) => void;
}

const headings = ['#', 'Task', 'Status', 'In queue', 'At work', 'Worker'] as const;

/** Every attempt of every task as rows. */
export function TaskList({ execution, selected, onSelect }: TaskListProps) {
  const [text, setText] = useState('');
  const [group, setGroup] = useState<TaskGroup>('all');
  const [order, setOrder] = useState<TaskOrder>('order');
  const open = execution.tasks.some((task) => !taskEnded(task.status));
  const now = useNow(0, open);
  const tasks = useMemo(() => {
    const found = filterTasks(execution.tasks, group, text);
    // Sorted by how things were when the execution was read: rows must not change places with the clock.
    const at = execution.updateTime ?? execution.startTime;
    if (order === 'run') found.sort((a, b) => (runTime(b, at) ?? -1) - (runTime(a, at) ?? -1));
    if (order === 'queue') found.sort((a, b) => queueTime(b, at) - queueTime(a, at));
    return found;
  }, [execution, group, text, order]);
  return (
    <div className={styles.list}>
      <TaskFilters text={text} group={group} onText={setText} onGroup={setGroup} count={tasks.length}>
        <Select
          aria-label="Sort by"
          value={order}
          onChange={(event) => setOrder(event.target.value as TaskOrder)}
        >
          {Object.entries(taskOrderWords).map(([value, word]) => (
            <option key={value} value={value}>
              {word}
            </option>
          ))}
        </Select>
      </TaskFilters>
      <div className={styles.grid}>
        <WindowedGrid
          label="Tasks"
          rows={tasks}
          rowKey={(task) => task.taskId}
          rowHeight={44}
          columns="var(--task-columns)"
          head={headings.map((heading) => (
            // biome-ignore lint/a11y/useSemanticElements: a cell of a windowed grid
            // biome-ignore lint/a11y/useFocusableInteractive: the head has nothing to do
            <span key={heading} role="columnheader" className={styles.cell} data-column={heading}>
              {heading}
            </span>
          ))}
          render={(task) => <Cells task={task} now={now} />}
          selected={(task) => task.referenceTaskName === selected}
          onOpen={(task) => onSelect(task.referenceTaskName)}
          empty="No task matches."
        />
      </div>
    </div>
  );
}

/** A row's cells; while one scrolls, rows that stay in view are not drawn anew. */
const Cells = memo(function Cells({ task, now }: { task: Task; now: number }) {
  const { kind, word } = attemptAppearance(task, now);
  const run = runTime(task, now);
  const type = task.workflowTask?.type ?? task.taskType;
  const cells: Record<(typeof headings)[number], React.ReactNode> = {
    '#': task.seq,
    Task: (
      <span className={styles.task}>
        <TypeIcon type={type} size={15} />
        <span className={styles.names}>
          <span className={styles.name}>
            {task.referenceTaskName}
            {task.retryCount > 0 && <span className={styles.attempt}> attempt {task.retryCount + 1}</span>}
          </span>
          <span className={styles.under}>
            {task.reasonForIncompletion && taskEnded(task.status) ? (
              <span className={styles.reason}>{plainReason(task.reasonForIncompletion)}</span>
            ) : (
              typeWord(type)
            )}
          </span>
        </span>
      </span>
    ),
    Status: <StatusBadge kind={kind}>{word}</StatusBadge>,
    'In queue': spanText(queueTime(task, now)),
    'At work': run === undefined ? '–' : spanText(run),
    Worker: task.workerId ?? '',
  };
  return headings.map((heading) => (
    // biome-ignore lint/a11y/useSemanticElements: a cell of a windowed grid
    // biome-ignore lint/a11y/useFocusableInteractive: the row has the focus
    <span key={heading} role="gridcell" className={styles.cell} data-column={heading}>
      {cells[heading]}
    </span>
  ));
});
