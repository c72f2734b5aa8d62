import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Pencil, Plus, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { Button, IconButton } from '../../ui/button';
import { Card } from '../../ui/card';
import { ConfirmDialog } from '../../ui/confirm-dialog';
import { type ApiKey, answer, api, type ServiceAccount } from '../api/client';
import { grantsQuery, keys } from '../api/queries';
import { may, useWhyNot } from '../rights';
import { roleWords } from '../roles';
import { useOrganization } from '../session';
import { doorOf } from './api-key-doors';
import { ApiKeyForm } from './api-key-form';
import { ApiKeyTable } from './api-key-table';
import { grantInWords } from './grant-words';
import styles from './group-card.module.css';
import { ServiceAccountForm } from './service-account-form';

/** One service account: what it may, its keys, and what can be done with it. */
export function ServiceAccountCard({
  org,
  account,
  apiKeys,
}: {
  org: string;
  account: ServiceAccount;
  /** undefined: they may not be seen. */
  apiKeys: ApiKey[] | undefined;
}) {
  const organization = useOrganization();
  const reason = useWhyNot()('serviceaccount.update', 'change service accounts');
  const client = useQueryClient();
  const grants = useQuery({ ...grantsQuery(org), enabled: may(organization, 'grant.read') });
  const [doing, setDoing] = useState<'making' | 'editing' | 'deleting'>();
  const stop = () => setDoing(undefined);
  const given = [
    ...(account.role === undefined
      ? []
      : [`${roleWords(account.role)?.title ?? account.roleName ?? account.role} in the organization`]),
    ...(grants.data ?? []).filter(({ principal }) => principal === account.id).map(grantInWords),
  ];

  async function remove() {
    await answer(
      api.DELETE('/organizations/{org}/service-accounts/{account}', {
        params: { path: { org, account: account.id } },
      }),
    );
    await client.invalidateQueries({ queryKey: keys.organization(org) });
  }

  return (
    <Card
      flush
      title={account.name}
      description={`${account.description === '' ? '' : `${account.description} · `}${
        given.length === 0 ? 'Was given nothing yet.' : `${given.join(', ')}.`
      }`}
      actions={
        <>
          <IconButton
            label={`Edit ${account.name}`}
            disabledReason={reason}
            onClick={() => setDoing('editing')}
          >
            <Pencil aria-hidden />
          </IconButton>
          <IconButton
            label={`Delete ${account.name}`}
            disabledReason={reason}
            onClick={() => setDoing('deleting')}
          >
            <Trash2 aria-hidden />
          </IconButton>
          <Button
            icon={<Plus aria-hidden />}
            disabledReason={reason}
            aria-label={`Create API key of ${account.name}`}
            onClick={() => setDoing('making')}
          >
            Create API key
          </Button>
        </>
      }
    >
      {apiKeys !== undefined && (
        <ApiKeyTable
          label={`API keys of ${account.name}`}
          rows={apiKeys}
          door={doorOf(org)}
          reason={reason}
          empty={<p className={styles.empty}>It has no API key yet.</p>}
        />
      )}
      {doing === 'making' && (
        <ApiKeyForm
          description={`For ${account.name}.`}
          org={org}
          queryKeys={[keys.apiKeys(org)]}
          create={(body) =>
            answer(
              api.POST('/organizations/{org}/service-accounts/{account}/api-keys', {
                params: { path: { org, account: account.id } },
                body,
              }),
            )
          }
          onDone={stop}
        />
      )}
      {doing === 'editing' && <ServiceAccountForm org={org} account={account} onDone={stop} />}
      <ConfirmDialog
        open={doing === 'deleting'}
        onOpenChange={stop}
        title={`Delete ${account.name}?`}
        confirm="Delete service account"
        danger
        onConfirm={remove}
      >
        Its keys end at once, with all that it was given. This cannot be undone.
      </ConfirmDialog>
    </Card>
  );
}
