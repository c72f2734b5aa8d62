import type { LiveState } from '../live/subscribe';
import { StatusBadge } from '../ui/status';

/** Says that what is shown may be out of date, while changes do not arrive. */
export function Reconnecting({ live }: { live: LiveState }) {
  return (
    live === 'lost' && (
      <StatusBadge kind="warning" title="Changes do not arrive at the moment; trying again">
        Reconnecting
      </StatusBadge>
    )
  );
}
