const day = 24 * 3600_000;

/** How near the end of a key is. */
export type Expiry = 'expired' | 'soon' | 'later';

/** Whether a key needs attention; two weeks are time enough to roll out another one. Times in ms since the epoch. */
export function expiryOf(expiresAt: number, now: number): Expiry {
  if (expiresAt <= now) return 'expired';
  return expiresAt - now < 14 * day ? 'soon' : 'later';
}
