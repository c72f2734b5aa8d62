import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Button } from '../../ui/button';
import { Card } from '../../ui/card';
import { Notice } from '../../ui/placeholder';
import { Switch } from '../../ui/switch';
import { answer, api, type Cluster } from '../api/client';
import { keys } from '../api/queries';
import { may } from '../rights';
import { ChangeDialog } from './change-dialog';

interface Change {
  kind: 'pause-cluster' | 'resume-cluster' | 'rotate-credentials';
  verb: string;
  title: string;
  description: string;
}

const pause: Change = {
  kind: 'pause-cluster',
  verb: 'Pause',
  title: 'Pause',
  description: 'Stops the cluster and keeps everything: definitions, executions, its address and its keys.',
};

const resume: Change = {
  kind: 'resume-cluster',
  verb: 'Resume',
  title: 'Resume',
  description: 'The cluster is paused. Starts it again where it stood.',
};

const rotate: Change = {
  kind: 'rotate-credentials',
  verb: 'Rotate',
  title: 'Credentials',
  description:
    'Gives its nodes new credentials for calling us, and for their database where they share one. The access keys of applications stay as they are.',
};

/** What can be done with a cluster that lives. Each is an operation, which is told in full before it begins. */
export function ClusterChanges({ cluster }: { cluster: Cluster }) {
  if (cluster.state !== 'PAUSED' && cluster.state !== 'READY' && cluster.state !== 'UNREACHABLE') return null;
  return (
    <>
      <ChangeCard cluster={cluster} change={cluster.state === 'PAUSED' ? resume : pause} />
      {cluster.state === 'READY' && <ChangeCard cluster={cluster} change={rotate} />}
      <Protection cluster={cluster} />
    </>
  );
}

function ChangeCard({ cluster, change }: { cluster: Cluster; change: Change }) {
  const [asking, setAsking] = useState(false);
  return (
    <Card title={change.title} description={change.description}>
      <Button
        disabledReason={
          may(cluster, 'cluster.update') ? undefined : 'Your role does not let you change this cluster.'
        }
        onClick={() => setAsking(true)}
      >
        {change.verb}
      </Button>
      <ChangeDialog
        cluster={cluster}
        change={{ kind: change.kind }}
        verb={change.verb}
        open={asking}
        onOpenChange={setAsking}
      />
    </Card>
  );
}

function Protection({ cluster }: { cluster: Cluster }) {
  const client = useQueryClient();
  const { organization: org, name, backupEveryHours = 0, backupKeep = 7, backupKeepDays = 0 } = cluster;
  const set = useMutation({
    mutationFn: (on: boolean) =>
      answer(
        api.PUT('/organizations/{org}/clusters/{cluster}/settings', {
          params: { path: { org, cluster: name } },
          body: { protected: on, backupEveryHours, backupKeep, backupKeepDays },
        }),
      ),
    onSettled: () => client.invalidateQueries({ queryKey: keys.cluster(org, name) }),
  });
  if (!may(cluster, 'cluster.update')) return null;
  return (
    <Card
      title="Protection"
      description="A protected cluster cannot be deleted until the protection is taken away."
    >
      <Switch
        label="Protected from deletion"
        checked={set.isPending ? set.variables : cluster.protected === true}
        pending={set.isPending}
        onChange={(on) => set.mutate(on)}
      />
      {set.error !== null && (
        <Notice kind="failed" title="That did not work">
          {set.error.message}
        </Notice>
      )}
    </Card>
  );
}
