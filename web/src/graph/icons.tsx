import {
  Bell,
  Braces,
  CircleDot,
  CircleStop,
  Code,
  createLucideIcon,
  Filter,
  Globe,
  type LucideIcon,
  Repeat,
  Send,
  Shuffle,
  Timer,
  User,
  Variable,
  Workflow,
  Wrench,
} from 'lucide-react';

// Lucide's own split and merge point upwards; the flow goes down.
const Fork = createLucideIcon('fork', [
  ['path', { d: 'M12 3v4c0 4-7 4-7 9v4', key: 'left' }],
  ['path', { d: 'M12 7c0 4 7 4 7 9v4', key: 'right' }],
  ['path', { d: 'm2 17 3 3 3-3', key: 'left-end' }],
  ['path', { d: 'm16 17 3 3 3-3', key: 'right-end' }],
]);

const Join = createLucideIcon('join', [
  ['path', { d: 'M5 3v3c0 5 7 5 7 9v6', key: 'left' }],
  ['path', { d: 'M19 3v3c0 5-7 5-7 9', key: 'right' }],
  ['path', { d: 'm9 18 3 3 3-3', key: 'end' }],
]);

const icons: Record<string, LucideIcon> = {
  DYNAMIC: Shuffle,
  SWITCH: Filter,
  DECISION: Filter,
  FORK: Fork,
  FORK_JOIN: Fork,
  FORK_JOIN_DYNAMIC: Fork,
  JOIN: Join,
  EXCLUSIVE_JOIN: Join,
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
  return <Icon size={size} aria-hidden />;
}
