import { useQuery } from '@tanstack/react-query';
import { useNavigate, useParams } from 'react-router';
import { Loaded } from '../../console/loaded';
import { Page } from '../../ui/layout';
import { Skeleton } from '../../ui/placeholder';
import { StatusBadge } from '../../ui/status';
import { Tabs } from '../../ui/tabs';
import type { Cluster } from '../api/client';
import { ApiError } from '../api/problem';
import { clusterQuery } from '../api/queries';
import { Access } from '../parts/access';
import { AccessKeys } from '../parts/access-keys';
import { ClusterBackups } from '../parts/backups';
import { ClusterEvents } from '../parts/cluster-events';
import { ClusterOverview } from '../parts/cluster-overview';
import { ClusterSettings } from '../parts/cluster-settings';
import { Connect } from '../parts/connect';
import { ClusterNetwork } from '../parts/network';
import { ClusterNodes } from '../parts/nodes';
import { OpenConsole } from '../parts/open-console';
import { UsageView } from '../parts/usage-view';
import { type ClusterTab, clusterTabs, paths } from '../paths';
import { may, whyNot } from '../rights';
import { useOrganization } from '../session';
import { clusterStates } from '../states';
import { NotFound } from './not-found';

/** One cluster: what it is, how to connect, its keys, its end. */
export function ClusterPage() {
  const { name: org } = useOrganization();
  const { cluster: name = '', tab = 'overview' } = useParams();
  const cluster = useQuery(clusterQuery(org, name));
  if (!isTab(tab)) return <NotFound />;
  if (cluster.error instanceof ApiError && cluster.error.status === 404) return <NotFound what="cluster" />;
  const state = cluster.data && clusterStates[cluster.data.state];
  return (
    <Page
      title={name}
      badge={state && <StatusBadge kind={state.kind}>{state.word}</StatusBadge>}
      actions={cluster.data && <OpenConsole cluster={cluster.data} />}
    >
      <Loaded query={cluster} what="cluster" skeleton={<Skeleton height={420} />}>
        {(data) => <Views cluster={data} tab={tab} />}
      </Loaded>
    </Page>
  );
}

function Views({ cluster, tab }: { cluster: Cluster; tab: ClusterTab }) {
  const navigate = useNavigate();
  const seesAccess = may(cluster, 'grant.read');
  if (tab === 'access' && !seesAccess) return <NotFound />;
  return (
    <Tabs
      label="Cluster"
      value={tab}
      onChange={(next) =>
        void navigate(paths.cluster(cluster.organization, cluster.name, next as ClusterTab))
      }
      tabs={[
        { value: 'overview', label: 'Overview', content: <ClusterOverview cluster={cluster} /> },
        { value: 'connect', label: 'Connect', content: <Connect cluster={cluster} /> },
        { value: 'access-keys', label: 'Access keys', content: <AccessKeys cluster={cluster} /> },
        ...(seesAccess
          ? [{ value: 'access', label: 'Access', content: <ClusterAccess cluster={cluster} /> }]
          : []),
        {
          value: 'usage',
          label: 'Usage',
          content: <UsageView org={cluster.organization} cluster={cluster.name} />,
        },
        { value: 'nodes', label: 'Nodes', content: <ClusterNodes cluster={cluster} /> },
        { value: 'backups', label: 'Backups', content: <ClusterBackups cluster={cluster} /> },
        { value: 'network', label: 'Network', content: <ClusterNetwork cluster={cluster} /> },
        { value: 'events', label: 'Events', content: <ClusterEvents cluster={cluster} /> },
        { value: 'settings', label: 'Settings', content: <ClusterSettings cluster={cluster} /> },
      ]}
    />
  );
}

function ClusterAccess({ cluster }: { cluster: Cluster }) {
  return (
    <Access
      org={cluster.organization}
      place={{ kind: 'cluster', name: cluster.name }}
      reason={whyNot(cluster, 'grant.create', 'say who may use this cluster')}
      description="Who was given a role here. Owners, admins, members and auditors use all clusters by theirs."
    />
  );
}

function isTab(value: string): value is ClusterTab {
  return (clusterTabs as readonly string[]).includes(value);
}
