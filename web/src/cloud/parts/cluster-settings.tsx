import type { Cluster } from '../api/client';
import { ClusterChanges } from './cluster-changes';
import { ClusterShape } from './cluster-shape';
import { DeleteCluster } from './delete-cluster';

/** What is changed about a cluster, and its end. */
export function ClusterSettings({ cluster }: { cluster: Cluster }) {
  return (
    <div className="stack">
      <ClusterShape cluster={cluster} />
      <ClusterChanges cluster={cluster} />
      <DeleteCluster cluster={cluster} />
    </div>
  );
}
