import { useQuery, useQueryClient } from '@tanstack/react-query';
import { KeySquare, Plus } from 'lucide-react';
import { Link } from 'react-router';
import { Loaded } from '../../console/loaded';
import { Button } from '../../ui/button';
import { Card } from '../../ui/card';
import { Page } from '../../ui/layout';
import { EmptyState, Skeleton } from '../../ui/placeholder';
import { StatusBadge } from '../../ui/status';
import { type Column, Table } from '../../ui/table';
import { useToast } from '../../ui/toast';
import { answer, api, type IdentityProvider } from '../api/client';
import { keys, providersQuery, singleSignOnQuery } from '../api/queries';
import { Domains } from '../parts/domains';
import { paths } from '../paths';
import { providerStates } from '../provider-states';
import { useOrganization } from '../session';

/** How the people of the organization sign in: its identity providers, its domains, and whether they must. */
export function SingleSignOn() {
  const { name: org } = useOrganization();
  const providers = useQuery(providersQuery(org));
  const add = (
    <Button kind="primary" asChild>
      <Link to={paths.newProvider(org)}>
        <Plus aria-hidden size={16} /> Add provider
      </Link>
    </Button>
  );
  return (
    <Page
      title="Single sign-on"
      description="People sign in with the accounts that they have at your identity provider, and get their roles from its groups."
    >
      <div className="stack">
        <Card
          flush
          title="Identity providers"
          description="Any provider that speaks OpenID Connect."
          actions={(providers.data?.length ?? 0) > 0 && add}
        >
          <Loaded query={providers} what="identity providers" skeleton={<Skeleton height={120} />}>
            {(data) => (
              <Table
                label="Identity providers"
                columns={columnsFor(org)}
                rows={data}
                rowKey={({ id }) => id}
                empty={
                  <EmptyState
                    icon={<KeySquare size={32} aria-hidden />}
                    title="No identity provider yet"
                    action={add}
                  >
                    Adding one changes nothing for anybody: it begins as a draft, you try it alone, and only
                    when you activate it do people sign in through it. Your own password goes on working.
                  </EmptyState>
                }
              />
            )}
          </Loaded>
        </Card>
        <Domains org={org} />
        <Requirement org={org} />
      </div>
    </Page>
  );
}

function columnsFor(org: string): Column<IdentityProvider>[] {
  return [
    {
      key: 'name',
      title: 'Name',
      render: ({ id, name }) => (
        <Link to={paths.provider(org, id)}>
          <strong>{name}</strong>
        </Link>
      ),
    },
    {
      key: 'state',
      title: 'State',
      render: ({ state }) => (
        <StatusBadge kind={providerStates[state].kind}>{providerStates[state].word}</StatusBadge>
      ),
    },
    { key: 'issuer', title: 'Issuer', secondary: true, render: ({ issuer }) => <code>{issuer}</code> },
  ];
}

/** Whether members may still use a password. */
function Requirement({ org }: { org: string }) {
  const query = useQuery(singleSignOnQuery(org));
  const client = useQueryClient();
  const toast = useToast();
  const required = query.data?.required;

  async function change() {
    try {
      const now = await answer(
        api.PUT('/organizations/{org}/single-sign-on', {
          params: { path: { org } },
          body: { required: required !== true },
        }),
      );
      client.setQueryData(keys.singleSignOn(org), now);
    } catch (error) {
      toast({ kind: 'failed', title: 'Nothing was changed', detail: (error as Error).message });
    }
  }

  if (required === undefined) return null;
  return (
    <Card
      title="Passwords of members"
      description={
        required
          ? 'Members must sign in through a provider. Owners may use their password, so that there always is a way in.'
          : 'Members may use a password beside the provider. Owners always may, so that there always is a way in.'
      }
      actions={
        <Button onClick={() => void change()}>
          {required ? 'Allow passwords' : 'Require single sign-on'}
        </Button>
      }
    />
  );
}
