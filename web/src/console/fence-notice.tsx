import { useState } from 'react';
import { Button } from '../ui/button';
import { ConfirmDialog } from '../ui/confirm-dialog';
import { Notice } from '../ui/placeholder';
import { RelativeTime } from '../ui/time';

export interface FenceNoticeProps {
  /** When the copy was restored, and when its backup was made. */
  fence: { since: number | string; takenAt: number | string };
  /** The question before the fence is lifted. */
  question: string;
  /** Why one may not lift it. */
  disabledReason?: string;
  lift: () => Promise<void>;
}

/** Says that a cluster is a copy that holds back, and lets somebody end that. */
export function FenceNotice({ fence, question, disabledReason, lift }: FenceNoticeProps) {
  const [asking, setAsking] = useState(false);
  return (
    <Notice
      kind="warning"
      title="This cluster is a fenced copy"
      action={
        <Button size="small" disabledReason={disabledReason} onClick={() => setAsking(true)}>
          Lift the fence
        </Button>
      }
    >
      <p>
        It was restored <RelativeTime at={fence.since} /> from a backup made{' '}
        <RelativeTime at={fence.takenAt} />. Timers, schedules, events and HTTP tasks are held back, so that
        nothing happens twice while the original runs.
      </p>
      <ConfirmDialog
        open={asking}
        onOpenChange={setAsking}
        title={question}
        confirm="Lift the fence"
        onConfirm={lift}
      >
        Everything that was held back goes on at once: timers that came due fire, schedules run, events are
        handled, HTTP tasks are called. Make sure that the original has stopped, or that doing it twice does
        no harm. The fence cannot be put up again.
      </ConfirmDialog>
    </Notice>
  );
}
