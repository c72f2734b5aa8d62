import type { StateKind } from '../ui/status';
import type { TaskStatus, WorkflowStatus } from './types';

/** How a state is drawn and said. */
export interface Appearance {
  kind: StateKind;
  word: string;
}

export const workflowAppearance: Record<WorkflowStatus, Appearance> = {
  RUNNING: { kind: 'running', word: 'Running' },
  PAUSED: { kind: 'paused', word: 'Paused' },
  COMPLETED: { kind: 'success', word: 'Completed' },
  FAILED: { kind: 'failed', word: 'Failed' },
  TIMED_OUT: { kind: 'timed-out', word: 'Timed out' },
  TERMINATED: { kind: 'cancelled', word: 'Terminated' },
};

/** Of single attempts; the graph tells more about open ones. */
export const taskAppearance: Record<TaskStatus, Appearance> = {
  SCHEDULED: { kind: 'waiting', word: 'Scheduled' },
  IN_PROGRESS: { kind: 'running', word: 'In progress' },
  COMPLETED: { kind: 'success', word: 'Completed' },
  COMPLETED_WITH_ERRORS: { kind: 'warning', word: 'Completed with errors' },
  FAILED: { kind: 'failed', word: 'Failed' },
  FAILED_WITH_TERMINAL_ERROR: { kind: 'failed', word: 'Failed for good' },
  TIMED_OUT: { kind: 'timed-out', word: 'Timed out' },
  CANCELED: { kind: 'cancelled', word: 'Cancelled' },
  SKIPPED: { kind: 'skipped', word: 'Skipped' },
};
