import type { Task } from '../../conductor/types';
import { taskEnded } from '../../conductor/types';
import { runTime } from '../../graph';
import { useNow } from '../../ui/time';
import { spanText } from '../../ui/time-text';
import styles from './task-timing.module.css';

/** How long the attempt waited in the queue and how long it was worked on, to scale. */
export function TaskTiming({ task }: { task: Task }) {
  const now = useNow(task.startTime || task.scheduledTime, !taskEnded(task.status));
  const queued = queueTime(task, now);
  const run = runTime(task, now);
  const total = Math.max(1, queued + (run ?? 0));
  return (
    <div className={styles.timing}>
      <div className={styles.bar} aria-hidden="true">
        <span className={styles.queued} style={{ width: `${(100 * queued) / total}%` }} />
        {run !== undefined && <span className={styles.run} style={{ width: `${(100 * run) / total}%` }} />}
      </div>
      <dl className={styles.legend}>
        <div>
          <dt>
            <span className={styles.queued} aria-hidden="true" />
            In queue
          </dt>
          <dd>{spanText(queued)}</dd>
        </div>
        <div>
          <dt>
            <span className={styles.run} aria-hidden="true" />
            At work
          </dt>
          <dd>{run === undefined ? 'not yet' : spanText(run)}</dd>
        </div>
      </dl>
    </div>
  );
}

/** Time from being scheduled to being picked up, in milliseconds; so far, while it still waits. */
export function queueTime(task: Task, now: number): number {
  const until = task.startTime || (taskEnded(task.status) ? task.endTime : now);
  return Math.max(0, until - task.scheduledTime);
}
