import { useQuery } from '@tanstack/react-query';
import { KeyRound, Plus } from 'lucide-react';
import { useState } from 'react';
import { Loaded } from '../../console/loaded';
import { Button } from '../../ui/button';
import { Card } from '../../ui/card';
import { Field, Select } from '../../ui/field';
import { Page } from '../../ui/layout';
import { EmptyState, Skeleton } from '../../ui/placeholder';
import { answer, api } from '../api/client';
import { keys, myApiKeysQuery } from '../api/queries';
import { ownDoor } from '../parts/api-key-doors';
import { ApiKeyForm } from '../parts/api-key-form';
import { ApiKeyTable } from '../parts/api-key-table';
import { Frame } from '../parts/frame';
import { useMe } from '../session';

/** The keys by which one's own programs call Podium. */
export function ApiKeys() {
  const { organizations } = useMe();
  const list = useQuery(myApiKeysQuery);
  const [making, setMaking] = useState(false);
  const [org, setOrg] = useState(organizations[0]?.name ?? '');
  const create = (
    <Button
      kind="primary"
      icon={<Plus aria-hidden />}
      disabledReason={organizations.length === 0 ? 'You are in no organization yet.' : undefined}
      onClick={() => setMaking(true)}
    >
      Create API key
    </Button>
  );
  return (
    <Frame>
      <Page
        title="API keys"
        description="Your programs call Podium with them: scripts, Terraform, pipelines. A key may do what you may at that moment, and ends when you leave its organization."
        actions={(list.data?.length ?? 0) > 0 && create}
      >
        <Card flush>
          <Loaded query={list} what="API keys" skeleton={<Skeleton height={160} />}>
            {(data) => (
              <ApiKeyTable
                label="API keys"
                rows={data}
                door={ownDoor}
                about={{ title: 'Organization', render: ({ organization }) => organization }}
                empty={
                  <EmptyState
                    icon={<KeyRound size={32} aria-hidden />}
                    title="No API keys yet"
                    action={create}
                  >
                    For what runs without you, such as a pipeline, make a service account in the organization
                    instead: it stays when you go.
                  </EmptyState>
                }
              />
            )}
          </Loaded>
        </Card>
        {making && (
          <ApiKeyForm
            description="For a program that acts for you."
            org={org}
            chooseOrg={
              <Field name="organization" label="Organization">
                <Select value={org} onChange={(event) => setOrg(event.target.value)}>
                  {organizations.map(({ name }) => (
                    <option key={name}>{name}</option>
                  ))}
                </Select>
              </Field>
            }
            queryKeys={[keys.myApiKeys]}
            create={(key) => answer(api.POST('/me/api-keys', { body: { organization: org, ...key } }))}
            onDone={() => setMaking(false)}
          />
        )}
      </Page>
    </Frame>
  );
}
