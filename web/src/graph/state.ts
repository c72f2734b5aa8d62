import type { Task } from '../conductor/types';
import { taskEnded } from '../conductor/types';
import type { StateKind } from '../ui/status';

/**
 * What a node of the drawing looks like. Finer than Conductor's task states where a reader wants to know more
 * (whom does it wait for?), coarser where the difference does not matter to the eye.
 */
export type NodeState =
  | 'pending'
  | 'untaken'
  | 'waiting'
  | 'running'
  | 'completed'
  | 'warned'
  | 'failed'
  | 'timed-out'
  | 'cancelled'
  | 'skipped';

/** Most urgent first: the order of lists, and how a group's state follows from its members'. */
export const byUrgency: readonly NodeState[] = [
  'failed',
  'timed-out',
  'cancelled',
  'warned',
  'running',
  'waiting',
  'pending',
  'skipped',
  'completed',
  'untaken',
];

export const stateWord: Record<NodeState, string> = {
  pending: 'Not reached',
  untaken: 'Not taken',
  waiting: 'Waiting',
  running: 'Running',
  completed: 'Completed',
  warned: 'Completed with errors',
  failed: 'Failed',
  'timed-out': 'Timed out',
  cancelled: 'Cancelled',
  skipped: 'Skipped',
};

/** Which of the kit's states a node's state is drawn as. */
export const stateKind: Record<NodeState, StateKind> = {
  pending: 'pending',
  untaken: 'not-taken',
  waiting: 'waiting',
  running: 'running',
  completed: 'success',
  warned: 'warning',
  failed: 'failed',
  'timed-out': 'timed-out',
  cancelled: 'cancelled',
  skipped: 'skipped',
};

/** Whom an open task waits for. Times are epoch milliseconds. */
export type Wait =
  | { for: 'worker' }
  | { for: 'engine' }
  | { for: 'retry'; at: number }
  | { for: 'timer'; at: number | undefined }
  | { for: 'signal' }
  | { for: 'person' }
  | { for: 'branches'; open: readonly string[]; total: number | undefined };

/** The flow has gone past a node in this state, for good. */
export function passed(state: NodeState): boolean {
  return state === 'completed' || state === 'warned' || state === 'skipped';
}

/** The flow has come to a node in this state. */
export function reached(state: NodeState): boolean {
  return state !== 'pending' && state !== 'untaken';
}

/** The state of an attempt, and whom it waits for. */
export function stateOf(task: Task): { state: NodeState; wait?: Wait } {
  switch (task.status) {
    case 'COMPLETED':
      return { state: 'completed' };
    case 'COMPLETED_WITH_ERRORS':
      return { state: 'warned' };
    case 'FAILED':
    case 'FAILED_WITH_TERMINAL_ERROR':
      return { state: 'failed' };
    case 'TIMED_OUT':
      return { state: 'timed-out' };
    case 'CANCELED':
      return { state: 'cancelled' };
    case 'SKIPPED':
      return { state: 'skipped' };
    case 'SCHEDULED':
      return { state: 'waiting', wait: scheduledWait(task) };
    case 'IN_PROGRESS': {
      const wait = openWait(task);
      return wait ? { state: 'waiting', wait } : { state: 'running' };
    }
  }
}

/** Types whose tasks no worker polls for. */
const engineTypes: ReadonlySet<string> = new Set([
  'SWITCH',
  'DECISION',
  'FORK',
  'FORK_JOIN',
  'FORK_JOIN_DYNAMIC',
  'JOIN',
  'EXCLUSIVE_JOIN',
  'DO_WHILE',
  'SUB_WORKFLOW',
  'START_WORKFLOW',
  'TERMINATE',
  'SET_VARIABLE',
  'WAIT',
  'YIELD',
  'HUMAN',
  'HTTP',
  'INLINE',
  'LAMBDA',
  'JSON_JQ_TRANSFORM',
  'NOOP',
  'EVENT',
]);

/** Whether a worker has to poll for tasks of this type. */
export function isWorkerTask(taskType: string): boolean {
  return !engineTypes.has(taskType);
}

function scheduledWait(task: Task): Wait {
  const delay = task.callbackAfterSeconds ?? 0;
  if (delay > 0) {
    const at = (task.updateTime || task.scheduledTime) + delay * 1000;
    return task.retryCount > 0 ? { for: 'retry', at } : { for: 'timer', at };
  }
  return { for: isWorkerTask(task.taskType) ? 'worker' : 'engine' };
}

function openWait(task: Task): Wait | undefined {
  switch (task.taskType) {
    case 'HUMAN':
      return { for: 'person' };
    case 'YIELD':
      return { for: 'signal' };
    case 'WAIT':
      if (!task.inputData.duration && !task.inputData.until) return { for: 'signal' };
      return { for: 'timer', at: timerEnd(task) };
    case 'JOIN':
    case 'EXCLUSIVE_JOIN':
      // Which ones is known only to who sees the other tasks too.
      return { for: 'branches', open: [], total: undefined };
    default:
      return undefined;
  }
}

function timerEnd(task: Task): number | undefined {
  const delay = task.callbackAfterSeconds ?? 0;
  return delay > 0 ? (task.startTime || task.scheduledTime) + delay * 1000 : undefined;
}

/** The state that stands for several: the most urgent one, but completed only when all have ended well. */
export function worst(states: Iterable<NodeState>): NodeState {
  let rank = byUrgency.length - 1;
  for (const state of states) rank = Math.min(rank, byUrgency.indexOf(state));
  return byUrgency[rank] ?? 'untaken';
}

export type Counts = Partial<Record<NodeState, number>>;

export function countStates(states: Iterable<NodeState>): Counts {
  const counts: Counts = {};
  for (const state of states) counts[state] = (counts[state] ?? 0) + 1;
  return counts;
}

/** Time that an attempt has been worked on, in milliseconds; undefined before it started. */
export function runTime(task: Task, now: number): number | undefined {
  if (!task.startTime) return undefined;
  return Math.max(0, (taskEnded(task.status) && task.endTime ? task.endTime : now) - task.startTime);
}
