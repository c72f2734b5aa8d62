import { useQuery } from '@tanstack/react-query';
import { Share2 } from 'lucide-react';
import { useState } from 'react';
import { Loaded } from '../../console/loaded';
import { Button } from '../../ui/button';
import { Card } from '../../ui/card';
import { EmptyState, Skeleton } from '../../ui/placeholder';
import { grantsQuery } from '../client/queries';
import type { Subject } from '../client/types';
import { needs } from '../rights';
import { GrantTable } from './grant-table';
import { useRights } from './require-access';
import { ShareDialog } from './share-dialog';

/** What is shared with one subject itself; `them` says it of an application, a person or a group. */
export function SharedWith({ subject, them }: { subject: Subject; them: 'it' | 'them' }) {
  const [sharing, setSharing] = useState(false);
  const grants = useQuery(grantsQuery);
  const whyNot = useRights().lacks(needs.access);
  return (
    <Card
      title={`Shared with ${them}`}
      description="Single things, beside what a role allows everywhere."
      flush
      actions={
        <Button icon={<Share2 aria-hidden />} disabledReason={whyNot} onClick={() => setSharing(true)}>
          Share something
        </Button>
      }
    >
      <Loaded query={grants} what="shares" skeleton={<Skeleton height={120} />}>
        {(all) => (
          <GrantTable
            label={`Shared with ${them}`}
            show={['what']}
            grants={all.filter(
              (grant) => grant.subject.type === subject.type && grant.subject.id === subject.id,
            )}
            empty={<EmptyState title="Nothing is shared yet">Whatever is shared shows up here.</EmptyState>}
          />
        )}
      </Loaded>
      {sharing && <ShareDialog subject={subject} onClose={() => setSharing(false)} />}
    </Card>
  );
}
