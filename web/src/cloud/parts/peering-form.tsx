import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Button } from '../../ui/button';
import { Dialog } from '../../ui/dialog';
import { Field, Input } from '../../ui/field';
import { Form, FormActions, type FormValues } from '../../ui/form';
import { Notice } from '../../ui/placeholder';
import { answer, api, type Cluster, type Finding, type Network, type PeeringRequest } from '../api/client';
import { forForm } from '../api/problem';
import { keys } from '../api/queries';
import { Findings } from './findings';
import styles from './network.module.css';
import { Submit } from './submit';

interface PeeringFormProps {
  cluster: Cluster;
  network: Network;
  open: boolean;
  onOpenChange: (open: boolean) => void;
}

/** Asks which network to connect, checks it, and asks for the connection. */
export function PeeringForm({ cluster, network, open, onOpenChange }: PeeringFormProps) {
  const [asked, setAsked] = useState<{ request: PeeringRequest; findings: Finding[] }>();
  const client = useQueryClient();
  const path = { org: cluster.organization, cluster: cluster.name };
  const close = () => {
    setAsked(undefined);
    onOpenChange(false);
  };

  async function check(values: FormValues) {
    const request = requestOf(values);
    const findings = await forForm(
      answer(
        api.POST('/organizations/{org}/clusters/{cluster}/peerings/check', {
          params: { path },
          body: request,
        }),
      ),
    );
    setAsked({ request, findings });
  }

  async function connect() {
    if (asked === undefined) return;
    await forForm(
      answer(
        api.POST('/organizations/{org}/clusters/{cluster}/peerings', {
          params: { path },
          body: asked.request,
        }),
      ),
    );
    await client.invalidateQueries({ queryKey: keys.peerings(path.org, path.cluster) });
    close();
  }

  const here = network.account === 'local';
  const stuck = asked?.findings.some(({ level }) => level === 'problem') ?? false;
  return (
    <Dialog
      open={open}
      onOpenChange={(next) => (next ? onOpenChange(true) : close())}
      title="Connect a network"
      description="Say which network your workers run in. Nothing is made before you have seen what we found."
      width="wide"
    >
      {/* Kept while the findings are shown, so that one can go back and correct. */}
      <div hidden={asked !== undefined}>
        <Form className="stack" validate={missing} onSubmit={check}>
          <div className={styles.pair}>
            <Field
              name="account"
              label="Account"
              hint={here ? 'That of this machine.' : 'That owns the network; for AWS, 12 digits.'}
            >
              <Input defaultValue={here ? 'local' : ''} autoComplete="off" />
            </Field>
            <Field
              name="network"
              label="Network"
              hint={
                here ? 'Name of its namespace, as ip netns list shows it.' : 'Its id, such as vpc-0a1b2c3d.'
              }
            >
              <Input autoComplete="off" />
            </Field>
            <Field name="region" label="Region">
              <Input defaultValue={network.region} autoComplete="off" />
            </Field>
          </div>
          <Field
            name="ranges"
            label="Ranges of addresses"
            hint={`All of the network, such as 10.20.0.0/16; several with commas. They must not overlap the cluster's, ${network.range}.`}
          >
            <Input autoComplete="off" />
          </Field>
          <Field
            name="zones"
            label="Zones of your workers"
            optional
            hint={`Ids, not names, so that workers talk to a node nearby. The cluster is in ${network.zones.map(({ id }) => id).join(', ')}.`}
          >
            <Input autoComplete="off" />
          </Field>
          <FormActions>
            <Button onClick={close}>Cancel</Button>
            <Submit>Check</Submit>
          </FormActions>
        </Form>
      </div>
      {asked !== undefined && (
        <Form className="stack" onSubmit={connect}>
          <Findings findings={asked.findings} />
          {stuck && (
            <Notice kind="failed" title="These networks cannot be connected as they are">
              Mend what is marked, then check again.
            </Notice>
          )}
          <FormActions>
            <Button onClick={() => setAsked(undefined)}>Back</Button>
            {!stuck && <Submit>Ask for the connection</Submit>}
          </FormActions>
        </Form>
      )}
    </Dialog>
  );
}

function missing(values: FormValues): Record<string, string> {
  const wrong: Record<string, string> = {};
  if (values.account?.trim() === '') wrong.account = 'Enter the account that owns the network.';
  if (values.network?.trim() === '') wrong.network = 'Enter the id of the network.';
  if (values.region?.trim() === '') wrong.region = 'Enter the region of the network.';
  if (list(values.ranges).length === 0) wrong.ranges = 'Enter at least one range, such as 10.20.0.0/16.';
  return wrong;
}

function requestOf({ account = '', network = '', region = '', ranges, zones }: FormValues): PeeringRequest {
  return {
    account: account.trim(),
    network: network.trim(),
    region: region.trim(),
    ranges: list(ranges),
    zones: list(zones),
  };
}

/** The parts of a text that is parted by commas or spaces. */
function list(text = ''): string[] {
  return text.split(/[\s,]+/).filter((part) => part !== '');
}
