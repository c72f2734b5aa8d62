import type { Schedule } from './client/types';

/** One stream of times of a schedule. */
export interface Clock {
  cronExpression: string;
  zoneId: string;
}

/** The clocks of a schedule: the one, or each of several. */
export function clocksOf({ cronExpression = '', zoneId = 'UTC', cronSchedules = [] }: Schedule): Clock[] {
  if (cronSchedules.length > 0) {
    return cronSchedules.map((each) => ({
      cronExpression: each.cronExpression,
      zoneId: each.zoneId || 'UTC',
    }));
  }
  return [{ cronExpression, zoneId: zoneId || 'UTC' }];
}
