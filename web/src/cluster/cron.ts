import cronstrue from 'cronstrue';

/** What people begin with; six fields, seconds first. */
export const cronExamples: readonly (readonly [expression: string, words: string])[] = [
  ['0 */15 * * * *', 'Every 15 minutes'],
  ['0 0 * * * *', 'Every hour'],
  ['0 0 3 * * *', 'Every day at 3:00'],
  ['0 30 8 * * MON-FRI', 'On weekdays at 8:30'],
  ['0 0 6 1 * *', 'On the first of the month at 6:00'],
];

/** A cron expression in words; undefined when it cannot be read. */
export function cronText(expression: string): string | undefined {
  if (expression.trim() === '') return undefined;
  try {
    return cronstrue.toString(expression.trim(), { use24HourTimeFormat: true, verbose: false });
  } catch {
    return undefined;
  }
}

/** A moment as the clocks of a zone show it, with the zone's name: "Mon 23 Nov, 03:00:00 CET". */
export function zonedText(time: number, zone: string): string {
  const options: Intl.DateTimeFormatOptions = {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
    timeZoneName: 'short',
  };
  try {
    return new Intl.DateTimeFormat('en-GB', { ...options, timeZone: zone }).format(time);
  } catch {
    return new Intl.DateTimeFormat('en-GB', { ...options, timeZone: 'UTC' }).format(time);
  }
}

/** Names of time zones, UTC first. */
export function zones(): string[] {
  const known = Intl.supportedValuesOf('timeZone').filter((zone) => zone !== 'UTC');
  return ['UTC', ...known];
}

/** The zone of the viewer's clock. */
export function ownZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}
