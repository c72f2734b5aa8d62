import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Button } from '../../ui/button';
import { ConfirmDialog } from '../../ui/confirm-dialog';
import { Notice } from '../../ui/placeholder';
import { RelativeTime } from '../../ui/time';
import { useToast } from '../../ui/toast';
import { commands } from '../client/commands';
import { infoQuery } from '../client/queries';
import { needs } from '../rights';
import { useRights } from './require-access';

/** Says on every page of a restored copy that it holds back, and lets an admin end that. */
export function FenceBanner() {
  const [asking, setAsking] = useState(false);
  const rights = useRights();
  const client = useQueryClient();
  const toast = useToast();
  // It may be lifted from elsewhere, and be put up by a restoration.
  const { data } = useQuery({
    ...infoQuery,
    refetchInterval: ({ state }) => (state.data?.fence === undefined ? 60_000 : 10_000),
  });
  const fence = data?.fence;
  if (fence === undefined) return null;

  async function lift() {
    await commands.liftFence();
    await client.invalidateQueries({ queryKey: infoQuery.queryKey });
    toast({ kind: 'success', title: 'The fence is lifted: what was held back goes on' });
  }

  return (
    <Notice
      kind="warning"
      title="This cluster is a fenced copy"
      action={
        <Button size="small" disabledReason={rights.lacks(needs.fence)} onClick={() => setAsking(true)}>
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
        title="Lift the fence?"
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
