import type { Execution, Task } from '../conductor/types';
import { taskEnded, workflowEnded } from '../conductor/types';
import type { Selection } from './selection';

/** Why something cannot be done to an execution now; undefined: it can. */
export type Obstacle = string | undefined;

export const obstacles = {
  pause({ status }: Execution): Obstacle {
    if (status === 'PAUSED') return 'It is paused already';
    return workflowEnded(status) ? 'It has ended' : undefined;
  },
  resume({ status }: Execution): Obstacle {
    if (workflowEnded(status)) return 'It has ended';
    return status === 'PAUSED' ? undefined : 'It is not paused';
  },
  terminate({ status }: Execution): Obstacle {
    return workflowEnded(status) ? 'It has ended' : undefined;
  },
  retry({ status }: Execution): Obstacle {
    if (!workflowEnded(status)) return 'It is still running';
    return status === 'COMPLETED'
      ? 'It completed: there is nothing to retry. Restart it to run it again'
      : undefined;
  },
  restart({ status, workflowDefinition }: Execution): Obstacle {
    if (!workflowEnded(status)) return 'It is still running. Terminate it first';
    if (status === 'COMPLETED' && workflowDefinition?.restartable === false) {
      return 'Its definition says that completed executions cannot be restarted';
    }
    return undefined;
  },
  rerun({ execution, attempts }: Selection): Obstacle {
    if (!workflowEnded(execution.status)) return 'The execution is still running. Terminate it first';
    return attempts.length === 0 ? 'The flow has not come to this task' : undefined;
  },
  skip({ execution, attempts, task }: Selection): Obstacle {
    if (execution.status !== 'RUNNING') return 'The execution is not running';
    if (attempts.length > 0) return 'The task has been reached already';
    return task === undefined ? 'The definition has no such task' : undefined;
  },
  end({ execution }: Selection): Obstacle {
    return workflowEnded(execution.status) ? 'The execution has ended' : undefined;
  },
};

/** Whether a task waits for someone outside, so that a person may end it from here. */
export function waitsForSomeone(task: Task | undefined): task is Task {
  return (
    task !== undefined &&
    !taskEnded(task.status) &&
    (task.taskType === 'HUMAN' || task.taskType === 'WAIT' || task.taskType === 'YIELD')
  );
}
