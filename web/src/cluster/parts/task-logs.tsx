import { useQuery } from '@tanstack/react-query';
import type { Task } from '../../conductor/types';
import { taskEnded } from '../../conductor/types';
import { Loaded } from '../../console/loaded';
import { CopyButton } from '../../ui/copy';
import { Skeleton } from '../../ui/placeholder';
import { taskLogQuery } from '../client/queries';
import styles from './task-logs.module.css';

/** What the worker logged during the attempt. */
export function TaskLogs({ task }: { task: Task }) {
  const logs = useQuery(taskLogQuery(task.taskId, !taskEnded(task.status)));
  return (
    <Loaded query={logs} what="logs" skeleton={<Skeleton height={120} />}>
      {(lines) =>
        lines.length === 0 ? (
          <p className="muted">The worker has logged nothing.</p>
        ) : (
          <div className={styles.logs}>
            <span className={styles.copy}>
              <CopyButton text={lines.map((line) => line.log).join('\n')} what="logs" />
            </span>
            {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard */}
            <ol className={styles.lines} tabIndex={0} aria-label="Log lines">
              {lines.map((line, i) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: lines are only ever appended
                <li key={i}>
                  <time dateTime={new Date(line.createdTime).toISOString()}>{clock(line.createdTime)}</time>
                  <span>{line.log}</span>
                </li>
              ))}
            </ol>
          </div>
        )
      }
    </Loaded>
  );
}

function clock(time: number): string {
  return new Date(time).toLocaleTimeString(undefined, { hour12: false, fractionalSecondDigits: 3 });
}
