import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from 'react-router';
import { Loaded } from '../../console/loaded';
import { Card } from '../../ui/card';
import { Page } from '../../ui/layout';
import { Skeleton } from '../../ui/placeholder';
import { ApiError } from '../client/call';
import { accountQuery, usersQuery } from '../client/queries';
import { AccountSummary } from '../parts/account-summary';
import { useRights } from '../parts/require-access';
import { SharedWith } from '../parts/shared-with';
import { userSubject } from '../parts/subjects';
import { paths } from '../paths';

/** One person: what they may do and by what, and what is shared with them. */
export function PersonPage() {
  const { id = '' } = useParams();
  const account = useQuery(accountQuery(id));
  const users = useQuery(usersQuery);
  const { me } = useRights();
  const name = users.data?.find((user) => user.id === id)?.name || id;
  const unknown = account.error instanceof ApiError && account.error.status === 404;
  return (
    <Page
      title={name}
      description={
        <>
          {name !== id && <>{id} · </>}
          <Link to={paths.access('people')}>All people</Link>
        </>
      }
    >
      <Card title={`What ${name} may do`}>
        {unknown ? (
          <p className="muted">
            {name} has not opened this cluster yet. What their role is shows up when they do; what is shared
            with them already waits for them.
          </p>
        ) : (
          <Loaded query={account} what="rights" skeleton={<Skeleton height={80} />}>
            {(data) => <AccountSummary account={data} who={name} managed={me.managed} />}
          </Loaded>
        )}
      </Card>
      <SharedWith subject={userSubject(id)} them="them" />
    </Page>
  );
}
