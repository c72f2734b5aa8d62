import type { Task, TaskStatus } from '../conductor/types';

export type TaskGroup = 'all' | 'failed' | 'open' | 'retried';

export const taskGroupWords: Record<TaskGroup, string> = {
  all: 'All tasks',
  failed: 'Failed',
  open: 'Open',
  retried: 'Retried',
};

const bad: ReadonlySet<TaskStatus> = new Set([
  'FAILED',
  'FAILED_WITH_TERMINAL_ERROR',
  'TIMED_OUT',
  'CANCELED',
]);

const members: Record<TaskGroup, (task: Task) => boolean> = {
  all: () => true,
  failed: (task) => bad.has(task.status),
  open: (task) => task.status === 'SCHEDULED' || task.status === 'IN_PROGRESS',
  retried: (task) => task.retried === true || task.retryCount > 0,
};

/** Tasks of the group whose name, type, worker or reason contains the text. */
export function filterTasks(tasks: readonly Task[], group: TaskGroup, text: string): Task[] {
  const wanted = text.trim().toLowerCase();
  return tasks.filter(
    (task) =>
      members[group](task) &&
      (wanted === '' ||
        [task.referenceTaskName, task.taskType, task.taskDefName, task.workerId, task.reasonForIncompletion]
          .join('\n')
          .toLowerCase()
          .includes(wanted)),
  );
}

export type TaskOrder = 'order' | 'run' | 'queue';

export const taskOrderWords: Record<TaskOrder, string> = {
  order: 'In order',
  run: 'Longest work first',
  queue: 'Longest wait first',
};
