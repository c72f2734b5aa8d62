import { useQuery } from '@tanstack/react-query';
import { Plus, SearchX } from 'lucide-react';
import { Link } from 'react-router';
import { useAddressState } from '../../console/address';
import { Loaded } from '../../console/loaded';
import { Button } from '../../ui/button';
import { Card } from '../../ui/card';
import { Input, Select } from '../../ui/field';
import { Page } from '../../ui/layout';
import { EmptyState, Skeleton } from '../../ui/placeholder';
import type { Cluster } from '../api/client';
import { clustersQuery } from '../api/queries';
import { freeClusterName } from '../name-rule';
import { ClusterCard } from '../parts/cluster-card';
import { CreateClusterForm } from '../parts/create-cluster-form';
import { paths } from '../paths';
import { useOrganization } from '../session';
import styles from './clusters.module.css';

/** Fewer clusters than this are found by looking. */
const searchFrom = 5;

/** The organization's clusters as cards; without any, the invitation to create the first. */
export function Clusters() {
  const { name: org } = useOrganization();
  const clusters = useQuery(clustersQuery(org));
  const some = (clusters.data?.length ?? 0) > 0;
  return (
    <Page
      title="Clusters"
      actions={
        some && (
          <Button kind="primary" asChild>
            <Link to={paths.createCluster(org)}>
              <Plus aria-hidden />
              Create cluster
            </Link>
          </Button>
        )
      }
    >
      <Loaded query={clusters} what="clusters" skeleton={<Skeletons />}>
        {(data) => (data.length === 0 ? <FirstCluster /> : <Cards clusters={data} />)}
      </Loaded>
    </Page>
  );
}

function Cards({ clusters }: { clusters: Cluster[] }) {
  const [text, setText] = useAddressState('q');
  const [order, setOrder] = useAddressState('sort', 'name');
  const found = clusters.filter(({ name }) => name.includes(text.trim().toLowerCase()));
  if (order === 'newest') found.sort((a, b) => b.createdAt.localeCompare(a.createdAt));
  return (
    <>
      {clusters.length >= searchFrom && (
        <div className={styles.filters}>
          <Input
            type="search"
            placeholder="Find a cluster"
            aria-label="Find a cluster"
            value={text}
            onChange={(event) => setText(event.target.value)}
          />
          <Select aria-label="Sort by" value={order} onChange={(event) => setOrder(event.target.value)}>
            <option value="name">By name</option>
            <option value="newest">Newest first</option>
          </Select>
        </div>
      )}
      {found.length === 0 ? (
        <EmptyState
          icon={<SearchX size={32} aria-hidden />}
          title="No cluster matches"
          action={<Button onClick={() => setText('')}>Show all</Button>}
        >
          None of {clusters.length} clusters has “{text}” in its name.
        </EmptyState>
      ) : (
        <ul className={styles.cards} aria-label="Clusters">
          {found.map((cluster) => (
            <li key={cluster.id}>
              <ClusterCard cluster={cluster} />
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

function FirstCluster() {
  return (
    <div className={styles.first}>
      <div className={styles.invitation}>
        <h2>Create your first cluster</h2>
        <p>
          A cluster is a Conductor server of your own: it keeps your workflow definitions, runs their
          executions and hands tasks to your workers. It is ready in seconds, and the official SDKs work with
          it unchanged.
        </p>
        <ol className={styles.path}>
          <li>
            <span>
              <strong>Create it</strong> and watch each step.
            </span>
          </li>
          <li>
            <span>
              <strong>Connect a worker</strong> with a program to paste, in six languages.
            </span>
          </li>
          <li>
            <span>
              <strong>See it run</strong> on the graph in the cluster’s console.
            </span>
          </li>
        </ol>
      </div>
      <Card>
        <CreateClusterForm proposal={freeClusterName([])} />
      </Card>
    </div>
  );
}

function Skeletons() {
  return (
    <div className={styles.cards}>
      <Skeleton height={196} />
      <Skeleton height={196} />
    </div>
  );
}
