import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { Button } from '../../ui/button';
import { Card } from '../../ui/card';
import { ConfirmDialog } from '../../ui/confirm-dialog';
import { useToast } from '../../ui/toast';
import { answer, api, type IdentityProvider } from '../api/client';
import { domainsQuery, keys } from '../api/queries';
import { paths } from '../paths';

/** Opens the provider to people, closes it again, or takes it away. */
export function ProviderState({ org, provider }: { org: string; provider: IdentityProvider }) {
  const domains = useQuery(domainsQuery(org));
  const proven = (domains.data ?? []).filter((domain) => domain.proven).map(({ name }) => name);
  const [asking, setAsking] = useState<'activate' | 'close' | 'delete'>();
  const client = useQueryClient();
  const navigate = useNavigate();
  const toast = useToast();
  const path = { org, provider: provider.id };
  const active = provider.state === 'ACTIVE';
  const blocked = whyNot(provider, proven);
  const close = (open: boolean) => {
    if (!open) setAsking(undefined);
  };

  async function become(state: IdentityProvider['state']) {
    const now = await answer(
      api.PUT('/organizations/{org}/identity-providers/{provider}/state', {
        params: { path },
        body: { state },
      }),
    );
    client.setQueryData(keys.provider(org, provider.id), now);
    await client.invalidateQueries({ queryKey: keys.providers(org), exact: true });
    await client.invalidateQueries({ queryKey: keys.singleSignOn(org) });
    toast({ kind: 'success', title: state === 'ACTIVE' ? 'People sign in through it now' : 'It is closed' });
  }

  async function remove() {
    await answer(api.DELETE('/organizations/{org}/identity-providers/{provider}', { params: { path } }));
    await client.invalidateQueries({ queryKey: keys.providers(org), exact: true });
    await client.invalidateQueries({ queryKey: keys.singleSignOn(org) });
    await navigate(paths.singleSignOn(org));
  }

  return (
    <Card
      title={active ? 'In use' : 'Activate'}
      description={
        active
          ? `People with an e-mail at ${proven.join(', ')} are led to it when they sign in.`
          : 'From then on people are led to it by the domain of their e-mail. Nobody loses a role or a password by it.'
      }
    >
      <div className="stack">
        {!active && blocked !== undefined && <p className="muted">{blocked}</p>}
        <div className="row">
          {active ? (
            <Button onClick={() => setAsking('close')}>Close it</Button>
          ) : (
            <Button kind="primary" disabledReason={blocked} onClick={() => setAsking('activate')}>
              Activate
            </Button>
          )}
          <Button kind="danger" onClick={() => setAsking('delete')}>
            Delete
          </Button>
        </div>
      </div>
      <ConfirmDialog
        open={asking === 'activate'}
        onOpenChange={close}
        title={`Activate ${provider.name}?`}
        confirm="Activate"
        onConfirm={() => become('ACTIVE')}
      >
        Everybody with an e-mail at {proven.join(', ')} can sign in through it and gets the role of their
        groups. You and all members keep what they have, passwords included.
      </ConfirmDialog>
      <ConfirmDialog
        open={asking === 'close'}
        onOpenChange={close}
        title={`Close ${provider.name}?`}
        confirm="Close it"
        onConfirm={() => become('TEST')}
      >
        Everybody who signed in through it is signed out, and nobody comes in through it until you activate it
        again. Passwords go on working.
      </ConfirmDialog>
      <ConfirmDialog
        open={asking === 'delete'}
        onOpenChange={close}
        title={`Delete ${provider.name}?`}
        confirm="Delete provider"
        danger
        typed={active ? provider.name : undefined}
        onConfirm={remove}
      >
        Everybody who signed in through it is signed out and loses the role that its groups gave. Roles that
        you gave by hand stay.
      </ConfirmDialog>
    </Card>
  );
}

function whyNot({ tested }: IdentityProvider, proven: string[]): string | undefined {
  if (proven.length === 0) return 'Prove a domain first, on the page Single sign-on.';
  if (!tested) return 'Do a test log-in first, as somebody who would be let in.';
  return undefined;
}
