import { useQuery } from '@tanstack/react-query';
import { nextTimesQuery } from '../client/queries';
import { cronText, zonedText } from '../cron';
import type { Clock } from '../schedules';
import { useSettled } from '../use-settled';
import styles from './next-times.module.css';

/** A cron expression in words, and when it comes due next by the clocks of its zone. */
export function NextTimes({ clock }: { clock: Clock }) {
  const { cronExpression, zoneId } = useSettled(clock, 300, sameClock);
  const { data, error } = useQuery(nextTimesQuery(cronExpression.trim(), zoneId));
  return (
    <div className={styles.next}>
      <p>
        {cronText(cronExpression) ?? (cronExpression === '' ? 'No time yet.' : 'Not to be put into words.')}
        <span className="muted"> · {zoneId}</span>
      </p>
      {error !== null ? (
        <p className={styles.wrong} role="status">
          {error.message}
        </p>
      ) : (
        <ol aria-label="Next times">
          {Array.from({ length: 5 }, (_, i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: the places are kept, so that nothing moves when the times come
            <li key={i}>{data?.[i] === undefined ? '\u00a0' : zonedText(data[i], zoneId)}</li>
          ))}
        </ol>
      )}
    </div>
  );
}

function sameClock(a: Clock, b: Clock): boolean {
  return a.cronExpression === b.cronExpression && a.zoneId === b.zoneId;
}
