import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Button } from '../../ui/button';
import { ConfirmDialog } from '../../ui/confirm-dialog';
import { Notice } from '../../ui/placeholder';
import { RelativeTime } from '../../ui/time';
import { answer, api, type Cluster } from '../api/client';
import { keys } from '../api/queries';
import { may } from '../rights';

/** Says that a cluster is a copy that holds back, and lets somebody end that. */
export function FenceNotice({ cluster }: { cluster: Cluster }) {
  const [asking, setAsking] = useState(false);
  const client = useQueryClient();
  const { organization: org, name, fence } = cluster;
  if (fence === undefined) return null;

  async function lift() {
    const lifted = await answer(
      api.DELETE('/organizations/{org}/clusters/{cluster}/fence', {
        params: { path: { org, cluster: name } },
      }),
    );
    client.setQueryData<Cluster>(keys.cluster(org, name), lifted);
  }

  return (
    <Notice
      kind="warning"
      title="This cluster is a fenced copy"
      action={
        <Button
          size="small"
          disabledReason={
            may(cluster, 'cluster.update') ? undefined : 'Your role does not let you change this cluster.'
          }
          onClick={() => setAsking(true)}
        >
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
        title={`Lift the fence of ${name}?`}
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
