import { useQuery, useQueryClient } from '@tanstack/react-query';
import { ShieldCheck, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { Link } from 'react-router';
import { Loaded } from '../../console/loaded';
import { Button, IconButton } from '../../ui/button';
import { Card } from '../../ui/card';
import { CodeBlock } from '../../ui/code-block';
import { ConfirmDialog } from '../../ui/confirm-dialog';
import { CopyField } from '../../ui/copy';
import { Skeleton } from '../../ui/placeholder';
import { StatusBadge } from '../../ui/status';
import { Tabs } from '../../ui/tabs';
import { RelativeTime } from '../../ui/time';
import { useToast } from '../../ui/toast';
import { answer, api, type CloudAccount } from '../api/client';
import { cloudAccountSetupQuery, keys } from '../api/queries';
import { paths } from '../paths';
import { may, useWhyNot } from '../rights';
import { useOrganization } from '../session';
import { cloudAccountStates } from '../states';
import { Findings } from './findings';
import styles from './network.module.css';

/** One AWS account: how far it is, what was found wrong, and the role that lets Podium in. */
export function CloudAccountCard({ org, account }: { org: string; account: CloudAccount }) {
  const reason = useWhyNot()('cloudaccount.update', 'change cloud accounts');
  const organization = useOrganization();
  const client = useQueryClient();
  const toast = useToast();
  const [checking, setChecking] = useState(false);
  const [removing, setRemoving] = useState(false);
  const { kind, word } = cloudAccountStates[account.state];

  async function check() {
    setChecking(true);
    try {
      await answer(
        api.POST('/organizations/{org}/cloud-accounts/{account}/check', {
          params: { path: { org, account: account.id } },
        }),
      );
    } catch (error) {
      toast({ kind: 'failed', title: `${account.name} was not checked`, detail: (error as Error).message });
    } finally {
      await client.invalidateQueries({ queryKey: keys.cloudAccounts(org) });
      setChecking(false);
    }
  }

  async function remove() {
    await answer(
      api.DELETE('/organizations/{org}/cloud-accounts/{account}', {
        params: { path: { org, account: account.id } },
      }),
    );
    await client.invalidateQueries({ queryKey: keys.cloudAccounts(org) });
  }

  return (
    <Card
      title={account.name}
      description={`AWS account ${account.number} · ${account.region}`}
      actions={
        <>
          <StatusBadge kind={kind}>{word}</StatusBadge>
          <Button
            icon={<ShieldCheck aria-hidden />}
            kind={account.state === 'ACTIVE' ? undefined : 'primary'}
            disabledReason={reason ?? (checking ? 'The check is under way.' : undefined)}
            aria-label={`Check ${account.name}`}
            onClick={() => void check()}
          >
            {checking ? 'Checking…' : 'Check'}
          </Button>
          <IconButton
            label={`Remove ${account.name}`}
            disabledReason={reason ?? inUse(account)}
            onClick={() => setRemoving(true)}
          >
            <Trash2 aria-hidden />
          </IconButton>
        </>
      }
    >
      <div className={styles.page}>
        {account.findings.length > 0 && <Findings findings={account.findings} />}
        {account.checkedAt !== undefined && (
          <p className="muted">
            Checked <RelativeTime at={account.checkedAt} />.
          </p>
        )}
        {account.clusters.length > 0 && (
          <p>
            Clusters in it:{' '}
            {account.clusters.map((name, i) => (
              <span key={name}>
                {i > 0 && ', '}
                <Link to={paths.cluster(org, name)}>{name}</Link>
              </span>
            ))}
          </p>
        )}
        {may(organization, 'cloudaccount.update') && (
          <details open={account.state === 'DECLARED'}>
            <summary>The role to make in the account</summary>
            <Setup org={org} account={account} />
          </details>
        )}
      </div>
      <ConfirmDialog
        open={removing}
        onOpenChange={setRemoving}
        title={`Remove ${account.name}?`}
        confirm="Remove account"
        danger
        onConfirm={remove}
      >
        No clusters can be created in AWS account {account.number} any more. The role stays there; remove it
        in AWS. If you add the account again, the role needs a new ExternalId.
      </ConfirmDialog>
    </Card>
  );
}

const inUse = ({ clusters }: CloudAccount) =>
  clusters.length === 0 ? undefined : `Delete the clusters in it first: ${clusters.join(', ')}.`;

function Setup({ org, account }: { org: string; account: CloudAccount }) {
  const setup = useQuery(cloudAccountSetupQuery(org, account.id));
  const [way, setWay] = useState<string>();
  return (
    <Loaded query={setup} what="role" skeleton={<Skeleton height={240} />}>
      {({ externalId, instruction }) => {
        const ways = instruction.ways ?? [];
        return (
          <div className={styles.todo}>
            <p>{instruction.text}</p>
            <dl className={styles.facts}>
              <div className={styles.wide}>
                <dt>Role</dt>
                <dd>
                  <CopyField text={account.role} what="role" />
                </dd>
              </div>
              <div className={styles.wide}>
                <dt>ExternalId</dt>
                <dd>
                  <CopyField text={externalId} what="ExternalId" />
                </dd>
              </div>
            </dl>
            <Tabs
              label="Ways to make the role"
              size="small"
              value={way ?? tabOf(ways[0]?.name)}
              onChange={setWay}
              tabs={ways.map(({ name, code = '' }) => ({
                value: tabOf(name),
                label: name,
                content: (
                  <>
                    <p className="muted">{hints[name]}</p>
                    <CodeBlock
                      label={name}
                      title={files[name]}
                      language={name === 'CloudFormation' ? 'json' : 'bash'}
                      code={code}
                      maxHeight={320}
                    />
                  </>
                ),
              }))}
            />
            <p>Then choose Check. It can take a minute until AWS knows a new role everywhere.</p>
          </div>
        );
      }}
    </Loaded>
  );
}

/** It becomes part of ids, in which no space may be. */
const tabOf = (name = '') => name.replaceAll(' ', '-');

const hints: Record<string, string> = {
  CloudFormation:
    'Save it as podium.json. In the AWS console open CloudFormation, Create stack, Upload a template file; or run: aws cloudformation deploy --stack-name podium --template-file podium.json --capabilities CAPABILITY_NAMED_IAM',
  Terraform: 'Add it to your configuration and apply it.',
  'AWS CLI': 'Run these lines with credentials of the account that may make roles.',
};

const files: Record<string, string> = {
  CloudFormation: 'podium.json',
  Terraform: 'podium.tf',
  'AWS CLI': 'Shell',
};
