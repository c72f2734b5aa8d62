import { useEffect, useState } from 'react';
import { exactTime, relativeTime, spanText, tickOf } from './time-text';
import { Tooltip } from './tooltip';

/** The present in ms since the epoch, renewed as often as a text about `since` changes. */
export function useNow(since: number, running = true): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (!running) return;
    const timer = window.setTimeout(() => setNow(Date.now()), tickOf(now - since));
    return () => window.clearTimeout(timer);
  }, [now, since, running]);
  return now;
}

/** A moment as "3 min ago"; the exact one, in the viewer's zone, on hover and focus. */
export function RelativeTime({ at }: { at: string | number }) {
  const time = new Date(at).getTime();
  const now = useNow(time);
  return (
    <Tooltip content={exactTime(time)}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: the exact time must be reachable by keyboard too */}
      <time dateTime={new Date(time).toISOString()} tabIndex={0}>
        {relativeTime(time, now)}
      </time>
    </Tooltip>
  );
}

/** How long something took, or has taken so far when it has no end yet. */
export function Duration({ from, to }: { from: string | number; to?: string | number }) {
  const start = new Date(from).getTime();
  const now = useNow(start, to === undefined);
  const end = to === undefined ? now : new Date(to).getTime();
  return <span style={{ fontVariantNumeric: 'tabular-nums' }}>{spanText(end - start)}</span>;
}
