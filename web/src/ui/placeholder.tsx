import { Info, RotateCw } from 'lucide-react';
import type { ReactNode } from 'react';
import { Button } from './button';
import { classNames } from './class-names';
import styles from './placeholder.module.css';
import { StateIcon } from './status';

/**
 * Holds the place of what is being loaded. It takes its space at once and shows itself after 200 ms, so fast answers
 * neither flicker nor move the page.
 */
export function Skeleton({
  width = '100%',
  height = 16,
}: {
  width?: string | number;
  height?: string | number;
}) {
  return <span className={styles.skeleton} style={{ width, height }} aria-hidden="true" />;
}

/** Tells screen readers that something is being loaded, around skeletons. */
export function Loading({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div aria-busy="true" aria-live="polite" className={styles.loading}>
      <span className="visually-hidden">{label}</span>
      {children}
    </div>
  );
}

export interface EmptyStateProps {
  icon?: ReactNode;
  title: string;
  /** What this place is for and how the first thing gets here. */
  children: ReactNode;
  /** One button. */
  action?: ReactNode;
}

/** Stands where a list has nothing: teaches, and offers the next step. */
export function EmptyState({ icon, title, children, action }: EmptyStateProps) {
  return (
    <div className={styles.state}>
      {icon !== undefined && <div className={styles.figure}>{icon}</div>}
      <h2>{title}</h2>
      <div className={styles.text}>{children}</div>
      {action !== undefined && <div className={styles.action}>{action}</div>}
    </div>
  );
}

export interface ErrorStateProps {
  title: string;
  /** What went wrong and what to do now. */
  children: ReactNode;
  onRetry?: () => void;
  action?: ReactNode;
}

/** Stands where something could not be shown. */
export function ErrorState({ title, children, onRetry, action }: ErrorStateProps) {
  return (
    <div className={styles.state} role="alert">
      <div className={styles.figure}>
        <StateIcon kind="failed" size={28} />
      </div>
      <h2>{title}</h2>
      <div className={styles.text}>{children}</div>
      <div className={styles.action}>
        {onRetry !== undefined && (
          <Button onClick={onRetry} icon={<RotateCw aria-hidden />}>
            Try again
          </Button>
        )}
        {action}
      </div>
    </div>
  );
}

export interface NoticeProps {
  kind: 'info' | 'running' | 'warning' | 'failed' | 'success';
  /** The message in a line; the children explain it. */
  title?: ReactNode;
  children?: ReactNode;
  action?: ReactNode;
}

/** A message within a page: what one should know here and now. */
export function Notice({ kind, title, children, action }: NoticeProps) {
  return (
    <div className={classNames(styles.notice, styles[kind])} role={kind === 'failed' ? 'alert' : 'status'}>
      {kind === 'info' ? (
        <Info size={16} className={styles.infoIcon} aria-hidden />
      ) : (
        <StateIcon kind={kind} />
      )}
      <div className={styles.noticeText}>
        {title !== undefined && <p className={styles.noticeTitle}>{title}</p>}
        {children}
      </div>
      {action}
    </div>
  );
}
