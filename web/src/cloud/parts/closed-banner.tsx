import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link } from 'react-router';
import { Button } from '../../ui/button';
import { Notice } from '../../ui/placeholder';
import { useToast } from '../../ui/toast';
import { answer, api, type Organization } from '../api/client';
import { keys } from '../api/queries';
import { paths } from '../paths';
import { whyNot } from '../rights';

const due = new Intl.DateTimeFormat('en', { dateStyle: 'long', timeStyle: 'short' });

/** Says on every page of an organization that is closed why nothing of it can be changed, and lets owners keep it. */
export function ClosedBanner({ organization }: { organization: Organization }) {
  const { name, suspension, deletion } = organization;
  switch (organization.state) {
    case 'SUSPENDED':
      return (
        <Notice kind="warning" title={`${name} is suspended`}>
          <p>
            The operator of this installation says: {suspension?.reason}. You can read and export everything,
            and change nothing. Applications are refused. Ask the operator to lift it.
          </p>
        </Notice>
      );
    case 'LEAVING':
      return (
        <Notice
          kind="warning"
          title={`${name} will be deleted`}
          action={<Keep organization={organization} />}
        >
          <p>
            {deletion?.askedBy} has asked for it. Everything is deleted on{' '}
            {deletion !== undefined && due.format(new Date(deletion.deleteAt))}. Until then nothing can be
            changed, applications are refused, and an owner can keep it.
          </p>
        </Notice>
      );
    case 'DELETING':
      return (
        <Notice kind="warning" title={`${name} is being deleted`}>
          <p>
            It cannot be kept any more.{' '}
            {deletion?.operation !== undefined && (
              <Link to={paths.operation(name, deletion.operation)}>See how far it is</Link>
            )}
          </p>
        </Notice>
      );
    case 'ACTIVE':
      return null;
  }
}

function Keep({ organization }: { organization: Organization }) {
  const client = useQueryClient();
  const toast = useToast();
  const org = organization.name;
  const keep = useMutation({
    mutationFn: () => answer(api.DELETE('/organizations/{org}/deletion', { params: { path: { org } } })),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: keys.me });
      toast({ kind: 'success', title: `${org} stays` });
    },
    onError: (error) =>
      toast({ kind: 'failed', title: `${org} is still to be deleted`, detail: error.message }),
  });
  return (
    <Button
      pending={keep.isPending}
      disabledReason={whyNot(organization, 'organization.delete', 'keep the organization')}
      onClick={() => keep.mutate()}
    >
      Keep {org}
    </Button>
  );
}
