import type { StateKind } from '../ui/status';
import type { WorkflowStatus } from './types';

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
