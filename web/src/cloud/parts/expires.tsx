import { type Expiry, expiryOf } from '../../console/expiry';
import { StatusBadge } from '../../ui/status';
import { RelativeTime } from '../../ui/time';

const badges: Record<Exclude<Expiry, 'later'>, { kind: 'failed' | 'warning'; word: string }> = {
  expired: { kind: 'failed', word: 'Expired' },
  soon: { kind: 'warning', word: 'Expires soon' },
};

/** When a key expires, with a warning when that is near. */
export function Expires({ at }: { at: string }) {
  const expiry = expiryOf(new Date(at).getTime(), Date.now());
  return (
    <span className="row">
      <RelativeTime at={at} />
      {expiry !== 'later' && <StatusBadge kind={badges[expiry].kind}>{badges[expiry].word}</StatusBadge>}
    </span>
  );
}
