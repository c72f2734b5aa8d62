import { useNavigate, useParams } from 'react-router';
import { Page } from '../../ui/layout';
import { Notice } from '../../ui/placeholder';
import { Tabs } from '../../ui/tabs';
import { AccessGroups } from '../parts/access-groups';
import { AccessPeople } from '../parts/access-people';
import { AccessShared } from '../parts/access-shared';
import { Applications } from '../parts/applications';
import { NoCredentials } from '../parts/no-credentials';
import { useInfo, useRights } from '../parts/require-access';
import { type AccessTab, accessTabs, paths } from '../paths';
import { NotFound } from './not-found';

/** Who may do what in this cluster. */
export function AccessPage() {
  const { tab } = useParams();
  const navigate = useNavigate();
  const info = useInfo();
  const { me } = useRights();
  const value = accessTabs.find((each) => each === tab);
  if (value === undefined) return <NotFound />;
  if (info.auth === 'none') {
    return (
      <Page title="Access" description="Who may do what in this cluster.">
        <NoCredentials />
      </Page>
    );
  }
  return (
    <Page title="Access" description="Who may do what in this cluster.">
      {!me.managed && value !== 'applications' && (
        <Notice kind="info" title="People cannot sign in here">
          This cluster stands alone: whoever opens it uses an access key. People and groups come with a
          cluster of the cloud.
        </Notice>
      )}
      <Tabs
        label="Who"
        value={value}
        onChange={(next) => void navigate(paths.access(next as AccessTab), { replace: true })}
        tabs={[
          { value: 'applications', label: 'Applications', content: <Applications /> },
          { value: 'people', label: 'People', content: <AccessPeople /> },
          { value: 'groups', label: 'Groups', content: <AccessGroups /> },
          { value: 'shared', label: 'Shared', content: <AccessShared /> },
        ]}
      />
    </Page>
  );
}
