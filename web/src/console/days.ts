/** A number of days, in words. */
export const inDays = (days: number) => (days === 365 ? '1 year' : days === 1 ? '1 day' : `${days} days`);
