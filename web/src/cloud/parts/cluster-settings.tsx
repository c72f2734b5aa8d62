import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { Button } from '../../ui/button';
import { Card } from '../../ui/card';
import { ConfirmDialog } from '../../ui/confirm-dialog';
import { answer, api, type Cluster, type Operation } from '../api/client';
import { keys } from '../api/queries';
import { paths } from '../paths';
import { may } from '../rights';
import { ClusterChanges } from './cluster-changes';

/** What is changed about a cluster, and its end. */
export function ClusterSettings({ cluster }: { cluster: Cluster }) {
  const [asking, setAsking] = useState(false);
  const client = useQueryClient();
  const navigate = useNavigate();
  const failed = cluster.state === 'FAILED';

  async function remove() {
    const { organization: org, name } = cluster;
    const operation = await answer(
      api.DELETE('/organizations/{org}/clusters/{cluster}', { params: { path: { org, cluster: name } } }),
    );
    client.setQueryData<Operation>(keys.operation(operation.id), (known) => known ?? operation);
    client.removeQueries({ queryKey: keys.freshKey(org, name) });
    await navigate(paths.operation(org, operation.id));
  }

  return (
    <div className="stack">
      <ClusterChanges cluster={cluster} />
      <Card
        title="Delete cluster"
        description={
          failed
            ? 'Removes the record of the cluster that could not be created. Its name is free again afterwards.'
            : 'Stops the cluster and deletes all its data: definitions, executions and access keys. This cannot be undone.'
        }
      >
        <Button kind="danger" disabledReason={whyNot(cluster)} onClick={() => setAsking(true)}>
          Delete cluster
        </Button>
        <ConfirmDialog
          open={asking}
          onOpenChange={setAsking}
          title={`Delete ${cluster.name}?`}
          confirm="Delete cluster"
          danger
          typed={failed ? undefined : cluster.name}
          onConfirm={remove}
        >
          {failed ? (
            'Nothing runs and nothing is stored; only the record goes.'
          ) : (
            <>
              Its process stops, running executions end without a result, and workers lose their connection.
              All definitions, executions and access keys are deleted for good.
            </>
          )}
        </ConfirmDialog>
      </Card>
    </div>
  );
}

function whyNot(cluster: Cluster): string | undefined {
  const { state } = cluster;
  if (!may(cluster, 'cluster.delete')) return 'Your role does not let you delete this cluster.';
  if (cluster.protected) return 'The cluster is protected. Take the protection away first.';
  if (state === 'CREATING') return 'The cluster is being created. Wait for the operation to end.';
  if (state === 'DELETING') return 'The cluster is being deleted already.';
  return undefined;
}
