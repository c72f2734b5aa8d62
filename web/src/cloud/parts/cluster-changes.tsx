import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { Button } from '../../ui/button';
import { Card } from '../../ui/card';
import { ConfirmDialog } from '../../ui/confirm-dialog';
import { Notice } from '../../ui/placeholder';
import { Switch } from '../../ui/switch';
import { answer, api, type Cluster, type Operation } from '../api/client';
import { keys } from '../api/queries';
import { paths } from '../paths';
import { may } from '../rights';

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
    'Gives its nodes new credentials for calling us. The access keys of applications stay as they are.',
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
  const client = useQueryClient();
  const navigate = useNavigate();
  const { organization: org, name } = cluster;
  const params = { path: { org, cluster: name } };
  const { kind } = change;

  const preview = useQuery({
    queryKey: [...keys.cluster(org, name), 'preview', kind],
    queryFn: () =>
      answer(
        api.POST('/organizations/{org}/clusters/{cluster}/operations/preview', { params, body: { kind } }),
      ),
    enabled: asking,
    gcTime: 0,
  });

  async function begin() {
    const operation = await answer(
      api.POST('/organizations/{org}/clusters/{cluster}/operations', {
        params: { ...params, header: { 'Idempotency-Key': crypto.randomUUID() } },
        body: { kind },
      }),
    );
    client.setQueryData<Operation>(keys.operation(operation.id), (known) => known ?? operation);
    await navigate(paths.operation(org, operation.id));
  }

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
      <ConfirmDialog
        open={asking}
        onOpenChange={setAsking}
        title={`${change.verb} ${name}?`}
        confirm={change.verb}
        obstacle={obstacleOf(preview)}
        fields={
          preview.data === undefined &&
          preview.error !== null && (
            <Notice
              kind="failed"
              title="What would happen could not be found out"
              action={
                <Button size="small" onClick={() => void preview.refetch()}>
                  Look again
                </Button>
              }
            >
              {preview.error.message}
            </Notice>
          )
        }
        onConfirm={begin}
      >
        {preview.data?.effects.join(' ') ??
          (preview.error === null ? 'Looking what would happen …' : 'Nothing has been changed.')}
      </ConfirmDialog>
    </Card>
  );
}

/** Nobody agrees to what they have not been told. */
function obstacleOf({ data, error }: { data: unknown; error: Error | null }): string | undefined {
  if (data !== undefined) return undefined;
  return error === null ? 'What would happen is being found out.' : 'What would happen is not known.';
}

function Protection({ cluster }: { cluster: Cluster }) {
  const client = useQueryClient();
  const { organization: org, name, backupEveryHours = 0, backupKeep = 7 } = cluster;
  const set = useMutation({
    mutationFn: (on: boolean) =>
      answer(
        api.PUT('/organizations/{org}/clusters/{cluster}/settings', {
          params: { path: { org, cluster: name } },
          body: { protected: on, backupEveryHours, backupKeep },
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
