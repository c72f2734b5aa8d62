import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Link, useSearchParams } from 'react-router';
import { Loaded } from '../../console/loaded';
import { Button } from '../../ui/button';
import { Card } from '../../ui/card';
import { ConfirmDialog } from '../../ui/confirm-dialog';
import { Page } from '../../ui/layout';
import { Notice, Skeleton } from '../../ui/placeholder';
import { StatusBadge } from '../../ui/status';
import { RelativeTime } from '../../ui/time';
import { useToast } from '../../ui/toast';
import { answer, api, type SecondFactor } from '../api/client';
import { keys, secondFactorQuery } from '../api/queries';
import { Frame } from '../parts/frame';
import { RecoveryCodes } from '../parts/recovery-codes';
import { SetUpFactor } from '../parts/set-up-factor';
import { safeNext } from '../paths';
import { useMe } from '../session';

/** The codes that signing in asks for beside the password: set up, kept, switched off. */
export function SecondFactorPage() {
  const factor = useQuery(secondFactorQuery);
  const client = useQueryClient();
  const [codes, setCodes] = useState<string[]>();

  async function show(made: string[]) {
    setCodes(made);
    // Organizations that demand one let in now.
    await Promise.all([
      client.invalidateQueries({ queryKey: keys.secondFactor }),
      client.invalidateQueries({ queryKey: keys.me }),
    ]);
  }

  return (
    <Frame>
      <Page
        title="Second factor"
        width="narrow"
        description="Whoever learns your password still cannot sign in as you: they would need your phone as well."
      >
        <div className="stack">
          {codes !== undefined ? (
            <RecoveryCodes codes={codes} onKept={() => setCodes(undefined)} />
          ) : (
            <Loaded query={factor} what="second factor" skeleton={<Skeleton height={160} />}>
              {(data) => <Present factor={data} onCodes={show} />}
            </Loaded>
          )}
        </div>
      </Page>
    </Frame>
  );
}

function Present({ factor, onCodes }: { factor: SecondFactor; onCodes: (made: string[]) => Promise<void> }) {
  if (!factor.possible) {
    return (
      <Notice kind="info" title="You are signed in through your organization">
        Its identity provider asks for a second factor itself, if it is to. What you set up here belongs to
        your password: sign in with it to change that.
      </Notice>
    );
  }
  return factor.enabled ? <On factor={factor} onCodes={onCodes} /> : <SetUpFactor onConfirmed={onCodes} />;
}

function On({ factor, onCodes }: { factor: SecondFactor; onCodes: (made: string[]) => Promise<void> }) {
  const [asking, setAsking] = useState<'codes' | 'off'>();
  const [params] = useSearchParams();
  const client = useQueryClient();
  const toast = useToast();
  const { organizations } = useMe();
  const left = factor.recoveryCodesLeft;
  const next = params.get('next');

  async function switchOff() {
    await answer(api.DELETE('/me/second-factor'));
    await Promise.all([
      client.invalidateQueries({ queryKey: keys.secondFactor }),
      client.invalidateQueries({ queryKey: keys.me }),
    ]);
    toast({ kind: 'success', title: 'The second factor is off' });
  }

  return (
    <>
      {next !== null && (
        <Notice
          kind="success"
          title="You are all set"
          action={
            <Button size="small" asChild>
              <Link to={safeNext(next)}>Go on</Link>
            </Button>
          }
        >
          Signing in with your password asks for a code from now on.
        </Notice>
      )}
      <Card
        title={
          <span className="row">
            Codes of an app <StatusBadge kind="success">On</StatusBadge>
          </span>
        }
        description={
          factor.since !== undefined && (
            <>
              Set up <RelativeTime at={factor.since} />. For another phone, switch it off and set it up anew.
            </>
          )
        }
      >
        <Button kind="danger" onClick={() => setAsking('off')}>
          Switch off
        </Button>
      </Card>
      <Card
        title="Recovery codes"
        description={`For when you do not have the phone. ${left === 1 ? 'One is left' : `${left} are left`}; each works once.`}
      >
        <div className="stack">
          {left < 3 && (
            <Notice
              kind="warning"
              title={left === 0 ? 'No recovery code is left' : 'Few recovery codes are left'}
            >
              Without the phone and without a code you could not sign in. Make new ones.
            </Notice>
          )}
          <div>
            <Button onClick={() => setAsking('codes')}>Make new codes</Button>
          </div>
        </div>
      </Card>
      <ConfirmDialog
        open={asking === 'codes'}
        onOpenChange={() => setAsking(undefined)}
        title="Make new recovery codes?"
        confirm="Make new codes"
        onConfirm={async () => onCodes((await answer(api.POST('/me/second-factor/recovery-codes'))).codes)}
      >
        Those that you have now stop working.
      </ConfirmDialog>
      <ConfirmDialog
        open={asking === 'off'}
        onOpenChange={() => setAsking(undefined)}
        title="Switch the second factor off?"
        confirm="Switch off"
        danger
        onConfirm={switchOff}
      >
        Your password alone lets you in then, and whoever learns it.
        {organizations.length > 0 &&
          ' Organizations that ask for a second factor are closed to you until you set one up again.'}
      </ConfirmDialog>
    </>
  );
}
