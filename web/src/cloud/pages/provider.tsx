import { useQuery } from '@tanstack/react-query';
import { useParams } from 'react-router';
import { Loaded } from '../../console/loaded';
import { Page } from '../../ui/layout';
import { Skeleton } from '../../ui/placeholder';
import { StatusBadge } from '../../ui/status';
import { providerQuery } from '../api/queries';
import { ProviderChecks } from '../parts/provider-checks';
import { ProviderSettings } from '../parts/provider-settings';
import { ProviderState } from '../parts/provider-state';
import { ProviderTest } from '../parts/provider-test';
import { RegisterHere } from '../parts/register-here';
import { providerStates } from '../provider-states';
import { useOrganization } from '../session';

/** One identity provider, in the order in which it is set up. */
export function ProviderPage() {
  const { name: org } = useOrganization();
  const { provider: id = '' } = useParams();
  const query = useQuery(providerQuery(org, id));
  const state = query.data === undefined ? undefined : providerStates[query.data.state];
  return (
    <Page
      title={query.data?.name ?? 'Identity provider'}
      badge={state && <StatusBadge kind={state.kind}>{state.word}</StatusBadge>}
      description="Register Podium there, enter what you get, see to what the checks find, try it, activate it."
    >
      <Loaded query={query} what="identity provider" skeleton={<Skeleton height={400} />}>
        {(provider) => (
          <div className="stack">
            <RegisterHere org={org} backchannel={provider.backchannelLogoutUri} />
            {/* Made anew when the settings come back changed, so that the fields show what is kept. */}
            <ProviderSettings key={JSON.stringify(settingsOf(provider))} org={org} provider={provider} />
            <ProviderChecks org={org} provider={provider} />
            <ProviderTest org={org} provider={provider} />
            <ProviderState org={org} provider={provider} />
          </div>
        )}
      </Loaded>
    </Page>
  );
}

function settingsOf({
  name,
  issuer,
  clientId,
  hasSecret,
  scopes,
  claims,
  groupRoles,
  defaultRole,
}: SettingsSource) {
  return [name, issuer, clientId, hasSecret, scopes, claims, groupRoles, defaultRole];
}

type SettingsSource = Parameters<typeof ProviderSettings>[0]['provider'];
