import { useQuery } from '@tanstack/react-query';
import { Plus, Users } from 'lucide-react';
import { useState } from 'react';
import { Loaded } from '../../console/loaded';
import { Button } from '../../ui/button';
import { Card } from '../../ui/card';
import { Page } from '../../ui/layout';
import { EmptyState, Skeleton } from '../../ui/placeholder';
import { groupsQuery } from '../api/queries';
import { GroupCard } from '../parts/group-card';
import { GroupForm } from '../parts/group-form';
import { useWhyNot } from '../rights';
import { useOrganization } from '../session';

/** Groups of members, each with who is in it and what it was given. */
export function Groups() {
  const { name: org } = useOrganization();
  const whyNot = useWhyNot();
  const groups = useQuery(groupsQuery(org));
  const [making, setMaking] = useState(false);
  const create = (
    <Button
      kind="primary"
      icon={<Plus aria-hidden />}
      disabledReason={whyNot('group.update', 'make groups')}
      onClick={() => setMaking(true)}
    >
      Create group
    </Button>
  );
  return (
    <Page
      title="Groups"
      description="Give a role in a cluster to a group, and everybody in it has it. You do that on the page of the cluster, under Access."
      actions={(groups.data?.length ?? 0) > 0 && create}
    >
      <Loaded query={groups} what="groups" skeleton={<Skeleton height={240} />}>
        {(data) =>
          data.length === 0 ? (
            <Card>
              <EmptyState icon={<Users size={32} aria-hidden />} title="No groups yet" action={create}>
                Make one for people who work on the same clusters. You fill it by hand, or the groups of your
                identity provider do.
              </EmptyState>
            </Card>
          ) : (
            <div className="stack">
              {data.map((group) => (
                <GroupCard key={group.id} org={org} group={group} />
              ))}
            </div>
          )
        }
      </Loaded>
      <GroupForm org={org} open={making} onOpenChange={setMaking} />
    </Page>
  );
}
