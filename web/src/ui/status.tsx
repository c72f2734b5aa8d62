import {
  Ban,
  CircleCheck,
  CircleDashed,
  CirclePause,
  CircleSlash,
  ClockAlert,
  Hourglass,
  type LucideIcon,
  OctagonX,
  SkipForward,
  TriangleAlert,
  Undo2,
} from 'lucide-react';
import type { ReactNode } from 'react';
import { classNames } from './class-names';
import styles from './status.module.css';

/**
 * What a thing can be in. Each kind has a shape and a colour of its own, and is always drawn beside a word: no state is
 * told by colour alone.
 */
export type StateKind =
  | 'pending'
  | 'running'
  | 'waiting'
  | 'paused'
  | 'success'
  | 'warning'
  | 'failed'
  | 'timed-out'
  | 'skipped'
  | 'cancelled'
  | 'undone'
  | 'not-taken';

const icons: Record<Exclude<StateKind, 'running'>, LucideIcon> = {
  pending: CircleDashed,
  waiting: Hourglass,
  paused: CirclePause,
  success: CircleCheck,
  warning: TriangleAlert,
  failed: OctagonX,
  'timed-out': ClockAlert,
  skipped: SkipForward,
  cancelled: Ban,
  undone: Undo2,
  'not-taken': CircleSlash,
};

/** The tone that a kind is drawn in; `--tone` and `--tone-soft` are set by the class. */
export const stateTone: Record<StateKind, 'neutral' | 'running' | 'success' | 'warning' | 'danger'> = {
  pending: 'neutral',
  running: 'running',
  waiting: 'warning',
  paused: 'warning',
  success: 'success',
  warning: 'warning',
  failed: 'danger',
  'timed-out': 'danger',
  skipped: 'neutral',
  cancelled: 'neutral',
  undone: 'neutral',
  'not-taken': 'neutral',
};

/** The shape of a state, 16 px unless told otherwise. Decoration: the word beside it carries the meaning. */
export function StateIcon({ kind, size = 16 }: { kind: StateKind; size?: number }) {
  const className = classNames(styles.icon, styles[stateTone[kind]]);
  if (kind === 'running') {
    return (
      <svg
        className={className}
        width={size}
        height={size}
        viewBox="0 0 24 24"
        fill="none"
        aria-hidden="true"
      >
        <circle cx="12" cy="12" r="10" stroke="currentColor" strokeWidth="2" opacity="0.3" />
        <path
          className={styles.turning}
          d="M12 2a10 10 0 0 1 10 10"
          stroke="currentColor"
          strokeWidth="2.5"
          strokeLinecap="round"
        />
        <circle cx="12" cy="12" r="4" fill="currentColor" />
      </svg>
    );
  }
  const Icon = icons[kind];
  return <Icon className={className} size={size} aria-hidden />;
}

/** A state as shape, colour and word. */
export function StatusBadge({
  kind,
  children,
  title,
}: {
  kind: StateKind;
  children: string;
  title?: string;
}) {
  return (
    <span className={classNames(styles.badge, styles[stateTone[kind]])} title={title} data-state={kind}>
      <StateIcon kind={kind} size={13} />
      {children}
    </span>
  );
}

/** A small label without a state: a version, a role, a count. */
export function Badge({ children, title }: { children: ReactNode; title?: string }) {
  return (
    <span className={classNames(styles.badge, styles.neutral)} title={title}>
      {children}
    </span>
  );
}
