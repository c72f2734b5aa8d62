import { useQueryClient } from '@tanstack/react-query';
import { FenceNotice } from '../../console/fence-notice';
import { answer, api, type Cluster } from '../api/client';
import { keys } from '../api/queries';
import { may } from '../rights';

/** Says that a cluster is a copy that holds back; nothing where it is none. */
export function Fence({ cluster }: { cluster: Cluster }) {
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
    <FenceNotice
      fence={fence}
      question={`Lift the fence of ${name}?`}
      disabledReason={
        may(cluster, 'cluster.update') ? undefined : 'Your role does not let you change this cluster.'
      }
      lift={lift}
    />
  );
}
