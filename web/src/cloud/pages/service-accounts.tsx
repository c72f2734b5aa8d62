import { useQuery } from '@tanstack/react-query';
import { Bot, Plus } from 'lucide-react';
import { useState } from 'react';
import { expiryOf } from '../../console/expiry';
import { Loaded } from '../../console/loaded';
import { Button } from '../../ui/button';
import { Card } from '../../ui/card';
import { Page } from '../../ui/layout';
import { EmptyState, Notice, Skeleton } from '../../ui/placeholder';
import type { ApiKey } from '../api/client';
import { apiKeysQuery, serviceAccountsQuery } from '../api/queries';
import { doorOf } from '../parts/api-key-doors';
import { ApiKeyTable } from '../parts/api-key-table';
import { ServiceAccountCard } from '../parts/service-account-card';
import { ServiceAccountForm } from '../parts/service-account-form';
import { may, useWhyNot } from '../rights';
import { useOrganization } from '../session';

/** The programs of an organization, each with what it may do and its keys; and the keys of people. */
export function ServiceAccounts() {
  const organization = useOrganization();
  const org = organization.name;
  const whyNot = useWhyNot();
  const accounts = useQuery(serviceAccountsQuery(org));
  const seesKeys = may(organization, 'apikey.read');
  const list = useQuery({ ...apiKeysQuery(org), enabled: seesKeys });
  const [making, setMaking] = useState(false);
  const people = list.data?.filter(({ ownerKind }) => ownerKind === 'user') ?? [];
  const create = (
    <Button
      kind="primary"
      icon={<Plus aria-hidden />}
      disabledReason={whyNot('serviceaccount.update', 'make service accounts')}
      onClick={() => setMaking(true)}
    >
      Create service account
    </Button>
  );
  return (
    <Page
      title="Service accounts"
      description="Programs that work in the organization by themselves, such as a pipeline: with rights of their own, and API keys to call with."
      actions={(accounts.data?.length ?? 0) > 0 && create}
    >
      <Warning list={list.data ?? []} />
      <Loaded query={accounts} what="service accounts" skeleton={<Skeleton height={240} />}>
        {(data) =>
          data.length === 0 ? (
            <Card>
              <EmptyState
                icon={<Bot size={32} aria-hidden />}
                title="No service accounts yet"
                action={create}
              >
                Make one for each program, so that you can take one away without touching the others. It stays
                when the person goes who made it.
              </EmptyState>
            </Card>
          ) : (
            <div className="stack">
              {data.map((account) => (
                <ServiceAccountCard
                  key={account.id}
                  org={org}
                  account={account}
                  apiKeys={seesKeys ? list.data?.filter(({ owner }) => owner === account.id) : undefined}
                />
              ))}
            </div>
          )
        }
      </Loaded>
      {people.length > 0 && (
        <Card flush title="API keys of people" description="Each may do no more than its person may.">
          <ApiKeyTable
            label="API keys of people"
            rows={people}
            door={doorOf(org)}
            about={{ title: 'Person', render: ({ ownerName }) => ownerName }}
            reason={whyNot('apikey.update', 'pause and delete keys')}
            noRenewal="The person alone renews it."
            empty={null}
          />
        </Card>
      )}
      {making && <ServiceAccountForm org={org} onDone={() => setMaking(false)} />}
    </Page>
  );
}

/** Says which keys will stop their programs soon. */
function Warning({ list }: { list: ApiKey[] }) {
  const soon = list.filter(({ expiresAt }) => expiryOf(new Date(expiresAt).getTime(), Date.now()) === 'soon');
  if (soon.length === 0) return null;
  return (
    <Notice
      kind="warning"
      title={
        soon.length === 1
          ? 'An API key expires within two weeks'
          : `${soon.length} API keys expire within two weeks`
      }
    >
      {`Renew ${soon.map(({ name, ownerName }) => `${name} of ${ownerName}`).join(', ')} before the programs stop.`}
    </Notice>
  );
}
