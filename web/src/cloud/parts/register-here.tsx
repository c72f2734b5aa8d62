import { useQuery } from '@tanstack/react-query';
import { Loaded } from '../../console/loaded';
import { Card } from '../../ui/card';
import { CopyField } from '../../ui/copy';
import { Skeleton } from '../../ui/placeholder';
import { singleSignOnQuery } from '../api/queries';
import styles from './domains.module.css';

/** What the provider must be told of Podium. */
export function RegisterHere({ org, backchannel }: { org: string; backchannel?: string }) {
  const about = useQuery(singleSignOnQuery(org));
  return (
    <Card
      title="At your provider"
      description="Make a web application there (OpenID Connect, authorization code) and register these addresses, to the last character."
    >
      <Loaded query={about} what="addresses" skeleton={<Skeleton height={90} />}>
        {({ redirectUri, postLogoutUri }) => (
          <dl className={styles.record}>
            <div>
              <dt>Redirect URI</dt>
              <dd>
                <CopyField text={redirectUri} what="redirect URI" />
              </dd>
            </div>
            <div>
              <dt>After signing out</dt>
              <dd>
                <CopyField text={postLogoutUri} what="address after signing out" />
              </dd>
            </div>
            {backchannel !== undefined && (
              <div>
                <dt>Back-channel logout</dt>
                <dd>
                  <CopyField text={backchannel} what="back-channel logout address" />
                </dd>
              </div>
            )}
          </dl>
        )}
      </Loaded>
    </Card>
  );
}
