import type { ClusterEvent, Operation } from './api/client';
import type { Appearance } from './states';

const nouns: Record<Operation['kind'], string> = {
  'create-cluster': 'Creation',
  'delete-cluster': 'Deletion',
  'force-delete-cluster': 'Deletion by force',
  'resize-cluster': 'Resize',
  'scale-cluster': 'Change of the nodes',
  'upgrade-cluster': 'Upgrade',
  'pause-cluster': 'Pause',
  'resume-cluster': 'Resumption',
  'rotate-credentials': 'Rotation of credentials',
  'back-up-cluster': 'Backup',
  'restore-cluster': 'Restoration',
  'remove-backup': 'Removal of a backup',
  'create-peering': 'Connection of a network',
  'delete-peering': 'Disconnection of a network',
  'delete-organization': 'Deletion of the organization',
};

const done: Record<Operation['kind'], string> = {
  'create-cluster': 'Created',
  'delete-cluster': 'Deleted',
  'force-delete-cluster': 'Deleted by force',
  'resize-cluster': 'Resized',
  'scale-cluster': 'Nodes changed',
  'upgrade-cluster': 'Version changed',
  'pause-cluster': 'Paused',
  'resume-cluster': 'Resumed',
  'rotate-credentials': 'Credentials rotated',
  'back-up-cluster': 'Backed up',
  'restore-cluster': 'Restored from a backup',
  'remove-backup': 'Backup removed',
  'create-peering': 'Network connected',
  'delete-peering': 'Network disconnected',
  'delete-organization': 'Organization deleted',
};

/** What an event says, and how it looks. */
export function eventInWords(event: ClusterEvent): Appearance {
  const operation = (event.operationKind ?? 'create-cluster') as Operation['kind'];
  const noun = nouns[operation];
  const node = nodeInWords(event.node);
  switch (event.kind) {
    case 'OPERATION_BEGUN':
      return { kind: 'running', word: `${noun} began` };
    case 'OPERATION_CANCELLED':
      return { kind: 'cancelled', word: `${noun} was cancelled` };
    case 'OPERATION_UNDONE':
      return { kind: 'undone', word: `${noun} was undone` };
    case 'OPERATION_SUCCEEDED':
      return { kind: operation === 'pause-cluster' ? 'paused' : 'success', word: done[operation] };
    case 'OPERATION_FAILED':
      return { kind: 'failed', word: `${noun} failed` };
    case 'NODE_JOINED':
      return { kind: 'success', word: `${node} joined` };
    case 'NODE_REPLACED':
      return { kind: 'success', word: `${node} was replaced` };
    case 'NODE_LOST':
      return { kind: 'warning', word: `${node} does not call any more` };
    case 'NODE_BACK':
      return { kind: 'success', word: `${node} calls again` };
    case 'NODE_REVOKED':
      return { kind: 'cancelled', word: `${node} may not call any more` };
    case 'FENCED':
      return { kind: 'waiting', word: 'Fenced: timers, schedules, events and HTTP tasks are held back' };
    case 'FENCE_LIFTED':
      return { kind: 'success', word: 'The fence was lifted' };
    case 'PEERING_DEGRADED':
      return { kind: 'warning', word: 'A connected network does not reach the cluster any more' };
    case 'PEERING_RECOVERED':
      return { kind: 'success', word: 'A connected network reaches the cluster again' };
    case 'SETTINGS_CHANGED':
      return { kind: 'success', word: 'Settings changed' };
  }
}

/** The word on an event's detail, such as "version 1.4.0". */
export function detailInWords({ kind, detail }: ClusterEvent): string | undefined {
  return detail !== undefined && (kind === 'NODE_JOINED' || kind === 'NODE_REPLACED')
    ? `version ${detail}`
    : detail;
}

function nodeInWords(node: string | undefined): string {
  if (node === undefined) return 'A node';
  return /^\d+$/.test(node) ? `Node ${node}` : `The node ${node.slice(0, 16)}`;
}

const ends: ClusterEvent['kind'][] = ['OPERATION_UNDONE', 'OPERATION_SUCCEEDED', 'OPERATION_FAILED'];

/** Events without the beginnings of operations whose end is among them: the end says it all. */
export function withoutBeginnings(events: ClusterEvent[]): ClusterEvent[] {
  const ended = new Set(events.filter(({ kind }) => ends.includes(kind)).map(({ operation }) => operation));
  return events.filter(({ kind, operation }) => kind !== 'OPERATION_BEGUN' || !ended.has(operation));
}
