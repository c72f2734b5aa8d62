import { useQuery } from '@tanstack/react-query';
import { CloudCog, Plus } from 'lucide-react';
import { useState } from 'react';
import { Loaded } from '../../console/loaded';
import { Button } from '../../ui/button';
import { Card } from '../../ui/card';
import { Page } from '../../ui/layout';
import { EmptyState, Skeleton } from '../../ui/placeholder';
import { catalogQuery, cloudAccountsQuery } from '../api/queries';
import { CloudAccountCard } from '../parts/cloud-account-card';
import { CloudAccountForm } from '../parts/cloud-account-form';
import { useWhyNot } from '../rights';
import { useOrganization } from '../session';

/** AWS accounts of the organization in which clusters can be made. */
export function CloudAccounts() {
  const { name: org } = useOrganization();
  const whyNot = useWhyNot();
  const catalog = useQuery(catalogQuery(org));
  const accounts = useQuery(cloudAccountsQuery(org));
  const [adding, setAdding] = useState(false);
  const cloud = catalog.data?.find(({ accounts }) => accounts);
  const add = (
    <Button
      kind="primary"
      icon={<Plus aria-hidden />}
      disabledReason={whyNot('cloudaccount.update', 'add cloud accounts')}
      onClick={() => setAdding(true)}
    >
      Add account
    </Button>
  );
  return (
    <Page
      title="Cloud accounts"
      description="AWS accounts of yours in which clusters can run: you keep the data and pay Amazon, Podium does the work. It comes in by a role that you make and can take away."
      actions={cloud !== undefined && (accounts.data?.length ?? 0) > 0 && add}
    >
      <Loaded query={catalog} what="clouds" skeleton={<Skeleton height={240} />}>
        {() => (
          <Loaded query={accounts} what="cloud accounts" skeleton={<Skeleton height={240} />}>
            {(list) =>
              list.length > 0 ? (
                <div className="stack">
                  {list.map((account) => (
                    <CloudAccountCard key={account.id} org={org} account={account} />
                  ))}
                </div>
              ) : (
                <Card>
                  {cloud === undefined ? (
                    <EmptyState icon={<CloudCog size={32} aria-hidden />} title="Not offered here">
                      Who runs this Podium has not set up AWS. Clusters in networks of your own are possible:
                      choose “Your own network” when you create one.
                    </EmptyState>
                  ) : (
                    <EmptyState
                      icon={<CloudCog size={32} aria-hidden />}
                      title="No cloud accounts yet"
                      action={add}
                    >
                      Add the number of an AWS account. You are shown a role to make there; after a check that
                      nobody else can use it, clusters can be created in the account.
                    </EmptyState>
                  )}
                </Card>
              )
            }
          </Loaded>
        )}
      </Loaded>
      {cloud !== undefined && (
        <CloudAccountForm org={org} cloud={cloud} open={adding} onOpenChange={setAdding} />
      )}
    </Page>
  );
}
