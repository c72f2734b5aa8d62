import { Card } from '../../ui/card';
import { Page } from '../../ui/layout';
import { AccountSummary } from '../parts/account-summary';
import { NoCredentials } from '../parts/no-credentials';
import { useInfo, useRights } from '../parts/require-access';
import { whomToAsk } from '../rights';

/** What the viewer may do here, and by what. */
export function YourAccess() {
  const { auth } = useInfo();
  const { me } = useRights();
  const name = me.name || me.email || me.id;
  return (
    <Page
      width="narrow"
      title="What you may do"
      description={
        auth === 'none' ? 'In this cluster' : me.application ? `With an access key of ${name}` : `As ${name}`
      }
    >
      {auth === 'none' ? (
        <NoCredentials />
      ) : (
        <>
          <Card>
            <AccountSummary account={me} who="You" managed={me.managed} />
          </Card>
          {!me.permissions.includes('access:write') && (
            <p className="muted">You need more? {whomToAsk(me)}</p>
          )}
        </>
      )}
    </Page>
  );
}
