import { useQuery } from '@tanstack/react-query';
import { Share2, Users } from 'lucide-react';
import { useState } from 'react';
import { Loaded } from '../../console/loaded';
import { Button } from '../../ui/button';
import { Card } from '../../ui/card';
import { EmptyState, Notice, Skeleton } from '../../ui/placeholder';
import { grantsQuery, tagsQuery } from '../client/queries';
import { needs } from '../rights';
import { GrantTable } from './grant-table';
import { NoCredentials } from './no-credentials';
import { useInfo, useRights } from './require-access';
import { ShareDialog } from './share-dialog';

/** With whom one definition is shared, by its name or by one of its tags. */
export function Sharing({ kind, name }: { kind: 'WORKFLOW_DEF' | 'TASK_DEF'; name: string }) {
  const [sharing, setSharing] = useState(false);
  const info = useInfo();
  const grants = useQuery(grantsQuery);
  const tags = useQuery(tagsQuery(kind === 'WORKFLOW_DEF' ? 'workflow' : 'task', name));
  const whyNot = useRights().lacks(needs.access);
  if (info.auth === 'none') return <NoCredentials />;
  const share = (
    <Button icon={<Share2 aria-hidden />} disabledReason={whyNot} onClick={() => setSharing(true)}>
      Share
    </Button>
  );
  return (
    <>
      <Card
        title="Shared with"
        description="Who may do something with it beside those whose role allows it everywhere."
        actions={share}
        flush
      >
        <Loaded query={grants} what="shares" skeleton={<Skeleton height={160} />}>
          {(all) => (
            <GrantTable
              label="Shared with"
              show={tags.data?.length ? ['who', 'what'] : ['who']}
              grants={all.filter(
                ({ target: { type, id } }) =>
                  (type === kind && id === name) || (type === 'TAG' && tags.data?.includes(id)),
              )}
              empty={
                <EmptyState icon={<Users size={32} aria-hidden />} title="Shared with nobody yet">
                  Share it with people, groups or applications who shall see or use it, and nothing else.
                </EmptyState>
              }
            />
          )}
        </Loaded>
      </Card>
      {tags.error && (
        <Notice kind="warning" title="Its tags could not be read">
          What is shared by a tag may be missing here. {tags.error.message}
        </Notice>
      )}
      {sharing && <ShareDialog target={{ type: kind, id: name }} onClose={() => setSharing(false)} />}
    </>
  );
}
