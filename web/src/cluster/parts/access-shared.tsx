import { useQuery } from '@tanstack/react-query';
import { Share2 } from 'lucide-react';
import { useState } from 'react';
import { useAddressState } from '../../console/address';
import { Loaded } from '../../console/loaded';
import { Button } from '../../ui/button';
import { Card } from '../../ui/card';
import { Input } from '../../ui/field';
import { EmptyState, Skeleton } from '../../ui/placeholder';
import { grantsQuery } from '../client/queries';
import { needs } from '../rights';
import { grantText } from '../shared';
import styles from './access-shared.module.css';
import { GrantTable } from './grant-table';
import { useRights } from './require-access';
import { ShareDialog } from './share-dialog';
import { useNames } from './subjects';

/** Everything that is shared, whatever with whomever. */
export function AccessShared() {
  const [sharing, setSharing] = useState(false);
  const [text, setText] = useAddressState('q');
  const grants = useQuery(grantsQuery);
  const nameOf = useNames();
  const wanted = text.trim().toLowerCase();
  const share = (
    <Button
      kind="primary"
      icon={<Share2 aria-hidden />}
      disabledReason={useRights().lacks(needs.access)}
      onClick={() => setSharing(true)}
    >
      Share something
    </Button>
  );
  return (
    <div className="stack">
      {(grants.data?.length ?? 0) > 0 && <div className="row">{share}</div>}
      <Loaded query={grants} what="shares" skeleton={<Skeleton height={320} />}>
        {(all) =>
          all.length === 0 ? (
            <Card>
              <EmptyState
                icon={<Share2 size={32} aria-hidden />}
                title="Nothing is shared yet"
                action={share}
              >
                Share single workflows, task types, secrets or domains, or all that have a tag, with those
                whose role does not allow them to use it.
              </EmptyState>
            </Card>
          ) : (
            <>
              <Input
                type="search"
                className={styles.search}
                placeholder="Find by who or what"
                aria-label="Find by who or what"
                value={text}
                onChange={(event) => setText(event.target.value)}
              />
              <Card flush>
                <GrantTable
                  label="Shared"
                  show={['who', 'what']}
                  grants={all.filter((grant) =>
                    `${nameOf(grant.subject)} ${grant.subject.id} ${grantText(grant)}`
                      .toLowerCase()
                      .includes(wanted),
                  )}
                  empty={
                    <EmptyState
                      title="Nothing matches"
                      action={<Button onClick={() => setText('')}>Show all</Button>}
                    >
                      Nothing that is shared matches “{text.trim()}”.
                    </EmptyState>
                  }
                />
              </Card>
            </>
          )
        }
      </Loaded>
      {sharing && <ShareDialog onClose={() => setSharing(false)} />}
    </div>
  );
}
