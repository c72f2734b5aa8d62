import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import { Loaded } from '../../console/loaded';
import { Button } from '../../ui/button';
import { Card } from '../../ui/card';
import { Page } from '../../ui/layout';
import { Skeleton } from '../../ui/placeholder';
import { clustersQuery } from '../api/queries';
import { freeClusterName } from '../name-rule';
import { CreateClusterForm } from '../parts/create-cluster-form';
import { paths } from '../paths';
import { useOrganization } from '../session';

/** One screen to create a cluster. */
export function CreateCluster() {
  const { name: org } = useOrganization();
  const clusters = useQuery(clustersQuery(org));
  return (
    <Page
      title="Create cluster"
      width="narrow"
      description="A cluster runs your workflows: a Conductor API of its own, with its own storage and console."
    >
      <Card>
        <Loaded query={clusters} what="clusters" skeleton={<Skeleton height={252} />}>
          {(data) => (
            <CreateClusterForm
              proposal={freeClusterName(data.map(({ name }) => name))}
              cancel={
                <Button asChild>
                  <Link to={paths.clusters(org)}>Cancel</Link>
                </Button>
              }
            />
          )}
        </Loaded>
      </Card>
    </Page>
  );
}
