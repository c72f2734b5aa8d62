const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/** A moment (ms since the epoch) as seen from another: "just now", "3 min ago", "in 5 days", or a date past a month. */
export function relativeTime(time: number, now: number): string {
  const distance = Math.abs(now - time);
  if (distance < 5 * second) return 'just now';
  if (distance >= 30 * day) {
    return new Date(time).toLocaleDateString(undefined, { dateStyle: 'medium' });
  }
  const text = largestUnit(distance);
  return time > now ? `in ${text}` : `${text} ago`;
}

function largestUnit(ms: number): string {
  if (ms < minute) return `${Math.floor(ms / second)} s`;
  if (ms < hour) return `${Math.floor(ms / minute)} min`;
  if (ms < day) return `${Math.floor(ms / hour)} h`;
  const days = Math.floor(ms / day);
  return days === 1 ? '1 day' : `${days} days`;
}

/** A length of time in ms as "12 ms", "3.4 s", "2 min 5 s", "1 h 3 min" or "2 d 4 h"; never negative. */
export function spanText(ms: number): string {
  const span = Math.max(0, ms);
  if (span < second) return `${Math.round(span)} ms`;
  if (span < 10 * second) return `${(Math.floor(span / 100) / 10).toFixed(1)} s`;
  if (span < minute) return `${Math.floor(span / second)} s`;
  if (span < hour) return `${Math.floor(span / minute)} min ${Math.floor((span % minute) / second)} s`;
  if (span < day) return `${Math.floor(span / hour)} h ${Math.floor((span % hour) / minute)} min`;
  return `${Math.floor(span / day)} d ${Math.floor((span % day) / hour)} h`;
}

/** A moment in full, with the zone it is told in. */
export function exactTime(time: number): string {
  return new Date(time).toLocaleString(undefined, {
    year: 'numeric',
    month: 'short',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    fractionalSecondDigits: 3,
    timeZoneName: 'short',
  });
}

/** After how many ms a text about something `age` ms away is worth drawing again. */
export function tickOf(age: number): number {
  const distance = Math.abs(age);
  if (distance < 10 * second) return 100;
  if (distance < hour) return second;
  return minute;
}
