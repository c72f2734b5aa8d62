import type { Execution, Task, TaskStatus, WorkflowTask } from '../conductor/types';
import { type Contents, findReference } from '../graph';

/** What the selected reference speaks of. */
export interface Selection {
  /** The reference within `execution`: without the path through sub-workflows. */
  reference: string;
  /** The execution that holds it: the page's own, or that of an opened sub-workflow. */
  execution: Execution;
  /** Oldest first; empty when the flow has not come to it. */
  attempts: readonly Task[];
  /** undefined for a task that neither the definition nor the execution holds. */
  task: WorkflowTask | undefined;
}

/**
 * Follows a reference such as `ship/pack__2` from the execution into the sub-workflows on its way. undefined while the
 * contents of one of them are not there.
 */
export function resolveSelection(
  execution: Execution,
  contents: Contents,
  selected: string,
): Selection | undefined {
  const [reference = '', ...rest] = selected.split('/');
  const attempts = attemptsOf(execution, reference);
  if (rest.length > 0) {
    const child = contents.get(attempts.at(-1)?.subWorkflowId ?? '')?.execution;
    return child && resolveSelection(child, contents, rest.join('/'));
  }
  const definition = execution.workflowDefinition;
  const task = attempts.at(-1)?.workflowTask ?? (definition && findReference(definition, reference));
  return { reference, execution, attempts, task };
}

/** Every attempt of a task, oldest first. */
export function attemptsOf(execution: Execution, reference: string): Task[] {
  return execution.tasks
    .filter((task) => task.referenceTaskName === reference)
    .sort((a, b) => a.retryCount - b.retryCount || a.seq - b.seq);
}

const unsuccessful: ReadonlySet<TaskStatus> = new Set(['FAILED', 'FAILED_WITH_TERMINAL_ERROR', 'TIMED_OUT']);

/** Tasks whose last attempt failed or timed out, in order. */
export function failedTasks(execution: Execution): Task[] {
  return execution.tasks.filter((task) => unsuccessful.has(task.status) && !task.retried);
}
