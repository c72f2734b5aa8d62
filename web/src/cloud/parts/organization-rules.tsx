import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from 'react-router';
import { Button } from '../../ui/button';
import { Card } from '../../ui/card';
import { Notice } from '../../ui/placeholder';
import { useToast } from '../../ui/toast';
import { answer, api } from '../api/client';
import { keys, membersQuery, rulesQuery, secondFactorQuery } from '../api/queries';
import { paths } from '../paths';
import { useWhyNot } from '../rights';
import { useOrganization } from '../session';

/** Whether members need a second factor. */
export function SecondFactorRule() {
  const organization = useOrganization();
  const org = organization.name;
  const rules = useQuery(rulesQuery(org));
  const own = useQuery(secondFactorQuery);
  const client = useQueryClient();
  const toast = useToast();
  const whyNot = useWhyNot();
  if (rules.data === undefined) return null;
  const required = rules.data.secondFactorRequired;
  const lacksOwn = own.data?.possible === true && !own.data.enabled;
  const reason = organization.closed ?? whyNot('sso.update', 'change how people sign in; only owners may');

  async function change() {
    try {
      const now = await answer(
        api.PUT('/organizations/{org}/rules', {
          params: { path: { org } },
          body: { ...rules.data, secondFactorRequired: !required },
        }),
      );
      client.setQueryData(keys.rules(org), now);
    } catch (error) {
      toast({ kind: 'failed', title: 'Nothing was changed', detail: (error as Error).message });
    }
  }

  return (
    <Card
      title="Second factor"
      description={
        required
          ? 'Whoever signs in with a password must enter a code of an app too. Members who have none are led to set one up when they come.'
          : 'Members may sign in with their password alone. You can ask for a code of an app on their phone as well.'
      }
      actions={
        required || !lacksOwn || reason !== undefined ? (
          <Button disabledReason={reason} onClick={() => void change()}>
            {required ? 'Allow the password alone' : 'Require a second factor'}
          </Button>
        ) : (
          <Button asChild>
            <Link to={paths.secondFactor(paths.organization(org))}>Set up your own first</Link>
          </Button>
        )
      }
    >
      <Without org={org} required={required} />
    </Card>
  );
}

/** Who has a password alone, for those who see members. */
function Without({ org, required }: { org: string; required: boolean }) {
  const { data = [] } = useQuery(membersQuery(org));
  const without = data.filter(({ passwordAlone }) => passwordAlone);
  if (without.length === 0) return <p className="muted">No member signs in with a password alone.</p>;
  const shown = without.slice(0, 5).map(({ email }) => email);
  const more = without.length - shown.length;
  return (
    <Notice
      kind="info"
      title={`${without.length === 1 ? 'One member has' : `${without.length} members have`} a password and no second factor`}
    >
      {shown.join(', ')}
      {more > 0 && ` and ${more} more`}
      {required ? ' come in again when they have set one up.' : '.'} API keys are not asked for codes.
    </Notice>
  );
}
