import { useQuery } from '@tanstack/react-query';
import { Network as NetworkIcon, Plus } from 'lucide-react';
import { useState } from 'react';
import { Loaded } from '../../console/loaded';
import { Button } from '../../ui/button';
import { Card } from '../../ui/card';
import { CopyField } from '../../ui/copy';
import { EmptyState, Skeleton } from '../../ui/placeholder';
import type { Cluster, Network } from '../api/client';
import { networkQuery, peeringsQuery } from '../api/queries';
import { useOrganization } from '../session';
import styles from './network.module.css';
import { PeeringCard } from './peering-card';
import { PeeringForm } from './peering-form';

/** The network of a cluster, and those that it is connected with. */
export function ClusterNetwork({ cluster }: { cluster: Cluster }) {
  const network = useQuery(networkQuery(cluster.organization, cluster.name));
  return (
    <Loaded query={network} what="network" skeleton={<Skeleton height={320} />}>
      {(data) =>
        data.available ? <Connected cluster={cluster} network={data} /> : <None cluster={cluster} />
      }
    </Loaded>
  );
}

function None({ cluster }: { cluster: Cluster }) {
  return (
    <Card>
      <EmptyState icon={<NetworkIcon size={32} aria-hidden />} title="No network of its own">
        {cluster.state === 'READY'
          ? 'This cluster runs where clusters have no private network. One that has can be connected with yours, so that workers reach it without the internet.'
          : 'The network can be connected with yours once the cluster is ready.'}
      </EmptyState>
    </Card>
  );
}

function Connected({ cluster, network }: { cluster: Cluster; network: Network }) {
  const peerings = useQuery(peeringsQuery(cluster.organization, cluster.name));
  const { role } = useOrganization();
  const [adding, setAdding] = useState(false);
  const mayConnect = role === 'owner' || role === 'admin';
  const connect = (
    <Button
      kind="primary"
      icon={<Plus aria-hidden />}
      disabledReason={mayConnect ? undefined : 'Owners and administrators connect networks.'}
      onClick={() => setAdding(true)}
    >
      Connect a network
    </Button>
  );
  return (
    <div className={styles.page}>
      <Facts network={network} />
      <Card
        title="Connected networks"
        description="Workers in these networks reach the cluster by private addresses, and nothing else reaches it through them."
        actions={(peerings.data?.length ?? 0) > 0 && connect}
      >
        <Loaded query={peerings} what="connected networks" skeleton={<Skeleton height={160} />}>
          {(list) =>
            list.length === 0 ? (
              <EmptyState
                icon={<NetworkIcon size={32} aria-hidden />}
                title="No network is connected"
                action={connect}
              >
                Connect the network in which your workers run. You will be told, step by step, what to do in
                your own account.
              </EmptyState>
            ) : (
              <ul className={styles.peerings} aria-label="Connected networks">
                {list.map((peering) => (
                  <li key={peering.id}>
                    <PeeringCard cluster={cluster} peering={peering} mayRemove={mayConnect} />
                  </li>
                ))}
              </ul>
            )
          }
        </Loaded>
      </Card>
      <PeeringForm cluster={cluster} network={network} open={adding} onOpenChange={setAdding} />
    </div>
  );
}

function Facts({ network }: { network: Network }) {
  return (
    <Card title="Network of the cluster">
      <dl className={styles.facts}>
        <div>
          <dt>Range of addresses</dt>
          <dd>{network.range}</dd>
        </div>
        <div>
          <dt>Region</dt>
          <dd>{network.region}</dd>
        </div>
        <div>
          <dt>Account</dt>
          <dd>{network.account}</dd>
        </div>
        <div>
          <dt>Id</dt>
          <dd>{network.id}</dd>
        </div>
        {network.endpoint !== undefined && (
          <div className={styles.wide}>
            <dt>Address for workers in connected networks</dt>
            <dd>
              <CopyField text={network.endpoint} what="private address" />
            </dd>
          </div>
        )}
        {network.zones
          .filter((zone) => zone.endpoint !== undefined)
          .map((zone) => (
            <div key={zone.id} className={styles.wide}>
              <dt>
                For workers in zone {zone.id} <span className="muted">({zone.range})</span>
              </dt>
              <dd>
                <CopyField text={zone.endpoint ?? ''} what={`address in zone ${zone.id}`} />
              </dd>
            </div>
          ))}
      </dl>
    </Card>
  );
}
