import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Button } from '../../ui/button';
import { Card } from '../../ui/card';
import { Field, Select } from '../../ui/field';
import { answer, api, type Cluster } from '../api/client';
import { keys } from '../api/queries';
import { may } from '../rights';
import { PreviewedDialog } from './change-dialog';

type Way = 'delete-cluster' | 'force-delete-cluster';

/** The end of a cluster; once that has failed, by force too. */
export function DeleteCluster({ cluster }: { cluster: Cluster }) {
  const [asking, setAsking] = useState<Way>();
  const failed = cluster.state === 'FAILED';
  const stuck = cluster.state === 'DELETING' && cluster.operation?.state !== 'RUNNING';
  return (
    <Card
      title="Delete cluster"
      description={
        failed
          ? 'Removes the record of the cluster that could not be created. Its name is free again afterwards.'
          : 'Stops the cluster and deletes all its data: definitions, executions and access keys. This cannot be undone.'
      }
    >
      <span className="row">
        <Button
          kind="danger"
          disabledReason={whyNot(cluster, stuck)}
          onClick={() => setAsking('delete-cluster')}
        >
          Delete cluster
        </Button>
        {stuck && (
          <Button disabledReason={whyNot(cluster, stuck)} onClick={() => setAsking('force-delete-cluster')}>
            Delete by force
          </Button>
        )}
      </span>
      {asking !== undefined && (
        <Goodbye cluster={cluster} way={asking} onClose={() => setAsking(undefined)} />
      )}
    </Card>
  );
}

/** Asks about the end of a cluster, and begins it. */
export function Goodbye({ cluster, way, onClose }: { cluster: Cluster; way: Way; onClose: () => void }) {
  const client = useQueryClient();
  const [grace, setGrace] = useState(0);
  const { organization: org, name } = cluster;
  const force = way === 'force-delete-cluster';
  const waits = cluster.state === 'READY' && !force; // only what serves can be kept after all
  const graceSeconds = waits ? grace : 0;
  return (
    <PreviewedDialog
      cluster={cluster}
      preview={{ kind: way, graceSeconds }}
      title={force ? `Delete ${name} by force?` : `Delete ${name}?`}
      confirm={force ? 'Delete by force' : 'Delete cluster'}
      danger
      {...(cluster.state !== 'FAILED' && { typed: name })}
      open
      onOpenChange={(open) => !open && onClose()}
      fields={
        waits && (
          <Field name="grace" label="Can be taken back for">
            <Select value={grace} onChange={(event) => setGrace(Number(event.target.value))}>
              <option value={0}>No time: it is deleted now</option>
              <option value={86_400}>1 day</option>
              <option value={604_800}>7 days</option>
            </Select>
          </Field>
        )
      }
      begin={async () => {
        const operation = await answer(
          api.DELETE('/organizations/{org}/clusters/{cluster}', {
            params: { path: { org, cluster: name }, query: { graceSeconds, force } },
          }),
        );
        client.removeQueries({ queryKey: keys.freshKey(org, name) });
        return operation;
      }}
    />
  );
}

function whyNot(cluster: Cluster, stuck: boolean): string | undefined {
  const { state } = cluster;
  if (!may(cluster, 'cluster.delete')) return 'Your role does not let you delete this cluster.';
  if (cluster.protected) return 'The cluster is protected. Take the protection away first.';
  if (state === 'CREATING') return 'The cluster is being created. Wait for the operation to end.';
  if (state === 'DELETING' && !stuck) return 'The cluster is being deleted already.';
  return undefined;
}
