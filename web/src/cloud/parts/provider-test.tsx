import { useState } from 'react';
import { Button } from '../../ui/button';
import { Card } from '../../ui/card';
import { JsonView } from '../../ui/json-view';
import { Notice } from '../../ui/placeholder';
import { Badge } from '../../ui/status';
import { RelativeTime } from '../../ui/time';
import { useToast } from '../../ui/toast';
import { answer, api, type IdentityProvider } from '../api/client';
import styles from './domains.module.css';

/** A log-in that shows what the provider says and what would follow, and lets nobody in. */
export function ProviderTest({ org, provider }: { org: string; provider: IdentityProvider }) {
  const toast = useToast();
  const [leaving, setLeaving] = useState(false);

  async function start() {
    setLeaving(true);
    try {
      const { url } = await answer(
        api.POST('/organizations/{org}/identity-providers/{provider}/test', {
          params: { path: { org, provider: provider.id } },
        }),
      );
      window.location.assign(url);
    } catch (error) {
      setLeaving(false);
      toast({ kind: 'failed', title: 'The test log-in did not begin', detail: (error as Error).message });
    }
  }

  return (
    <Card
      title="Test log-in"
      description="Sign in at your provider as anybody. You come back here and see what it said; you stay signed in as yourself."
      actions={
        <Button pending={leaving} onClick={() => void start()}>
          Start test log-in
        </Button>
      }
    >
      {provider.lastTest === undefined ? (
        <p className="muted">Nobody has tried it with these settings.</p>
      ) : (
        <TestResult test={provider.lastTest} current={provider.tested} />
      )}
    </Card>
  );
}

function TestResult({
  test,
  current,
}: {
  test: NonNullable<IdentityProvider['lastTest']>;
  current: boolean;
}) {
  const { ok, problems, email, name, groups, role, claims, at, saysWhen } = test;
  return (
    <div className="stack">
      {ok ? (
        <Notice
          kind={current ? 'success' : 'warning'}
          title={`${name ?? email ?? 'This person'} would be let in as ${role ?? 'nobody'}`}
        >
          Tried <RelativeTime at={at} />.
        </Notice>
      ) : (
        <Notice kind="failed" title="This person would not be let in">
          {problems.map((problem) => (
            <p key={problem}>{problem}</p>
          ))}
          <p>
            Tried <RelativeTime at={at} />.
          </p>
        </Notice>
      )}
      {Object.keys(claims).length > 0 && (
        <>
          <dl className={styles.record}>
            <div>
              <dt>E-mail</dt>
              <dd>{email ?? 'none'}</dd>
            </div>
            <div>
              <dt>Groups</dt>
              <dd className="row">
                {groups.length === 0 ? 'none' : groups.map((group) => <Badge key={group}>{group}</Badge>)}
              </dd>
            </div>
            <div>
              <dt>Role</dt>
              <dd>{role === undefined ? 'none' : <Badge>{role}</Badge>}</dd>
            </div>
          </dl>
          {!saysWhen && (
            <Notice kind="warning" title="The provider does not tell when people have signed in">
              Its answer has no auth_time. Before dangerous acts Podium sends people there to prove who they
              are, and cannot see whether they were asked. Where the provider can be told to add the claim
              auth_time, do so and test again.
            </Notice>
          )}
          <details>
            <summary>What the provider sent</summary>
            <JsonView value={claims} label="Claims" />
          </details>
        </>
      )}
    </div>
  );
}
