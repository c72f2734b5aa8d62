import type { StateKind } from '../ui/status';
import type { CloudAccount, Cluster, Operation, Peering, Step } from './api/client';

/** How a state is drawn and said. */
export interface Appearance {
  kind: StateKind;
  word: string;
}

export const clusterStates: Record<Cluster['state'], Appearance> = {
  CREATING: { kind: 'running', word: 'Creating' },
  READY: { kind: 'success', word: 'Ready' },
  UNREACHABLE: { kind: 'warning', word: 'Unreachable' },
  PAUSED: { kind: 'paused', word: 'Paused' },
  FAILED: { kind: 'failed', word: 'Failed' },
  DELETING: { kind: 'running', word: 'Deleting' },
};

/** How far an AWS account of the organization is. */
export const cloudAccountStates: Record<CloudAccount['state'], Appearance> = {
  DECLARED: { kind: 'pending', word: 'Role not proven' },
  CHECKED: { kind: 'warning', word: 'Something is missing' },
  ACTIVE: { kind: 'success', word: 'Active' },
};

export const operationStates: Record<Operation['state'], Appearance> = {
  RUNNING: { kind: 'running', word: 'Running' },
  SUCCEEDED: { kind: 'success', word: 'Succeeded' },
  FAILED: { kind: 'failed', word: 'Failed' },
  CANCELLED: { kind: 'cancelled', word: 'Cancelled' },
};

const stepStates: Record<Step['state'], Appearance> = {
  PENDING: { kind: 'pending', word: 'Pending' },
  RUNNING: { kind: 'running', word: 'Running' },
  SUCCEEDED: { kind: 'success', word: 'Done' },
  FAILED: { kind: 'failed', word: 'Failed' },
  SKIPPED: { kind: 'skipped', word: 'Skipped' },
  UNDONE: { kind: 'undone', word: 'Undone' },
};

/** How a step looks; what is still pending when its operation has ended will not come. */
export function stepState({ state }: Step, ended: boolean): Appearance {
  return ended && state === 'PENDING' ? { kind: 'not-taken', word: 'Not reached' } : stepStates[state];
}

/** States of executions as a data plane counts them, in the order of an operator's interest. */
export const executionStates: Record<string, Appearance> = {
  RUNNING: { kind: 'running', word: 'Running' },
  PAUSED: { kind: 'paused', word: 'Paused' },
  FAILED: { kind: 'failed', word: 'Failed' },
  TIMED_OUT: { kind: 'timed-out', word: 'Timed out' },
  TERMINATED: { kind: 'cancelled', word: 'Terminated' },
  COMPLETED: { kind: 'success', word: 'Completed' },
};

const verbs: Record<Operation['kind'], string> = {
  'create-cluster': 'Create cluster',
  'delete-cluster': 'Delete cluster',
  'force-delete-cluster': 'Delete by force cluster',
  'resize-cluster': 'Resize cluster',
  'scale-cluster': 'Change the nodes of cluster',
  'upgrade-cluster': 'Upgrade cluster',
  'pause-cluster': 'Pause cluster',
  'resume-cluster': 'Resume cluster',
  'rotate-credentials': 'Rotate the credentials of cluster',
  'back-up-cluster': 'Back up cluster',
  'restore-cluster': 'Restore cluster',
  'remove-backup': 'Remove a backup of cluster',
  'create-peering': 'Connect a network with cluster',
  'delete-peering': 'Disconnect a network from cluster',
  'delete-organization': 'Delete the organization',
};

/** What an operation does, such as "Create cluster first". */
export function operationTitle({ kind, cluster }: Pick<Operation, 'kind' | 'cluster'>): string {
  return `${verbs[kind]} ${cluster}`.trim();
}

/** Clouds by their names in the API. */
export const clouds: Record<string, { title: string; description: string }> = {
  local: {
    title: 'This machine',
    description: 'A process beside the control plane, with storage and a port of its own.',
  },
  remote: {
    title: 'Your own network',
    description:
      'You start it on a machine, with Docker, in Kubernetes or in your AWS account; it calls out to us.',
  },
};

/** How far an operation is: steps behind it, all steps, and the one under way. */
export function progress(operation: Operation): { done: number; all: number; current?: Step } {
  const done = operation.steps.filter(
    (step) => step.state === 'SUCCEEDED' || step.state === 'SKIPPED',
  ).length;
  return {
    done,
    all: operation.steps.length,
    current: operation.steps.find((step) => step.state === 'RUNNING'),
  };
}

/** How a connection with a network looks: one that waits for its owner says so. */
export function peeringState({ state }: Peering, operation: Operation): Appearance {
  const running = operation.state === 'RUNNING';
  switch (state) {
    case 'CONNECTED':
      return { kind: 'success', word: 'Connected' };
    case 'DEGRADED':
      return { kind: 'warning', word: 'Degraded' };
    case 'FAILED':
      return { kind: 'failed', word: 'Failed' };
    case 'REMOVING':
      return running
        ? { kind: 'running', word: 'Disconnecting' }
        : { kind: 'failed', word: 'Could not be removed' };
    default:
      return operation.waiting?.customer === undefined
        ? { kind: 'running', word: 'Connecting' }
        : { kind: 'waiting', word: 'Waiting for you' };
  }
}
