import {
  Bell,
  Braces,
  CircleDot,
  CircleStop,
  Code,
  Filter,
  Globe,
  type LucideIcon,
  Merge,
  Repeat,
  Send,
  Shuffle,
  Split,
  Timer,
  User,
  Variable,
  Workflow,
  Wrench,
} from 'lucide-react';
import type { StateKind } from '../ui/status';
import type { NodeState } from './state';

const icons: Record<string, LucideIcon> = {
  DYNAMIC: Shuffle,
  SWITCH: Filter,
  DECISION: Filter,
  FORK: Split,
  FORK_JOIN: Split,
  FORK_JOIN_DYNAMIC: Split,
  JOIN: Merge,
  EXCLUSIVE_JOIN: Merge,
  DO_WHILE: Repeat,
  SUB_WORKFLOW: Workflow,
  START_WORKFLOW: Send,
  TERMINATE: CircleStop,
  SET_VARIABLE: Variable,
  WAIT: Timer,
  HUMAN: User,
  HTTP: Globe,
  INLINE: Code,
  LAMBDA: Code,
  JSON_JQ_TRANSFORM: Braces,
  NOOP: CircleDot,
  EVENT: Bell,
};

/** The picture of a kind of task; workers' tasks share one. */
export function TypeIcon({ type, size = 16 }: { type: string; size?: number }) {
  const Icon = icons[type] ?? Wrench;
  // A fork drawn from top to bottom opens downwards, its join closes upwards.
  const turned = Icon === Split || Icon === Merge;
  return <Icon size={size} aria-hidden transform={turned ? 'rotate(180)' : undefined} />;
}

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
