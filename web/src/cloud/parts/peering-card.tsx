import { useQueryClient } from '@tanstack/react-query';
import { Unplug } from 'lucide-react';
import { useEffect, useState } from 'react';
import { Link } from 'react-router';
import { Button } from '../../ui/button';
import { CodeBlock } from '../../ui/code-block';
import { ConfirmDialog } from '../../ui/confirm-dialog';
import { Notice } from '../../ui/placeholder';
import { StatusBadge } from '../../ui/status';
import { RelativeTime } from '../../ui/time';
import { answer, api, type Cluster, type Operation, type Peering } from '../api/client';
import { useLiveOperation } from '../api/live';
import { keys } from '../api/queries';
import { paths } from '../paths';
import { peeringState } from '../states';
import styles from './network.module.css';
import { Steps } from './steps';

interface PeeringCardProps {
  cluster: Cluster;
  peering: Peering;
  mayRemove: boolean;
}

/** A connection with a network: how far it is, and what its owner has to do. */
export function PeeringCard({ cluster, peering, mayRemove }: PeeringCardProps) {
  const { organization: org, name } = cluster;
  const client = useQueryClient();
  const operation = useFollowed(org, name, peering.operation);
  const [asking, setAsking] = useState(false);
  const { kind, word } = peeringState(peering, operation);
  const running = operation.state === 'RUNNING';

  async function remove() {
    await answer(
      api.DELETE('/organizations/{org}/clusters/{cluster}/peerings/{peering}', {
        params: { path: { org, cluster: name, peering: peering.id } },
      }),
    );
    await client.invalidateQueries({ queryKey: keys.peerings(org, name) });
  }

  return (
    <section className={styles.peering} aria-label={`Network ${peering.network}`}>
      <div className={styles.head}>
        <h3>{peering.network}</h3>
        <StatusBadge kind={kind}>{word}</StatusBadge>
        <Button
          size="small"
          kind="danger"
          icon={<Unplug aria-hidden />}
          disabledReason={whyNot(peering, running, mayRemove)}
          onClick={() => setAsking(true)}
        >
          Disconnect
        </Button>
      </div>
      <p className="muted">
        {[
          `Account ${peering.account}`,
          peering.region,
          peering.ranges.join(', '),
          peering.zones.length > 0 && `workers in ${peering.zones.join(', ')}`,
          peering.connection,
        ]
          .filter(Boolean)
          .join(' · ')}
      </p>
      {operation.waiting?.customer !== undefined && <Todo what={operation.waiting.customer} />}
      {peering.reason !== undefined && !running && <Trouble peering={peering} reason={peering.reason} />}
      {running && <Steps steps={operation.steps} ended={false} waiting={operation.waiting?.step} />}
      {peering.state === 'CONNECTED' && <Proof peering={peering} />}
      <p>
        <Link to={paths.operation(org, operation.id)}>All steps</Link>
      </p>
      <ConfirmDialog
        open={asking}
        onOpenChange={setAsking}
        title={`Disconnect ${peering.network}?`}
        confirm="Disconnect"
        danger
        onConfirm={remove}
      >
        Workers in this network lose the cluster at once. Routes, firewall rules and names of our side go;
        what you set up in your own account is yours to remove.
      </ConfirmDialog>
    </section>
  );
}

/** The operation as it happens. When it ends, the peering is read again. */
function useFollowed(org: string, cluster: string, known: Operation): Operation {
  const client = useQueryClient();
  useLiveOperation(known.id, known);
  const [operation, setOperation] = useState(known);
  useEffect(() => {
    const read = () => {
      const now = client.getQueryData<Operation>(keys.operation(known.id)) ?? known;
      setOperation(now);
      if (now.state !== known.state) void client.invalidateQueries({ queryKey: keys.peerings(org, cluster) });
    };
    read();
    return client.getQueryCache().subscribe((event) => {
      if (event.query.queryKey[0] === 'operation' && event.query.queryKey[1] === known.id) read();
    });
  }, [client, known, org, cluster]);
  return operation;
}

type Instruction = NonNullable<NonNullable<Operation['waiting']>['customer']>;

function Todo({ what }: { what: Instruction }) {
  return (
    <Notice kind="warning" title={what.title}>
      <div className={styles.todo}>
        {what.text?.split('\n').map((line) => (
          <p key={line}>{line}</p>
        ))}
        {what.ways?.map(({ name, code, url }) =>
          code === undefined ? (
            <a key={name} href={url} target="_blank" rel="noreferrer">
              {name}
            </a>
          ) : (
            <CodeBlock key={name} title={name} label={name} language="bash" code={code} />
          ),
        )}
      </div>
    </Notice>
  );
}

/** What is wrong with a connection, in full sentences, one in a line. */
function Trouble({ peering: { state, degradedAt }, reason }: { peering: Peering; reason: string }) {
  const degraded = state === 'DEGRADED';
  const title = degraded
    ? 'The networks do not reach each other'
    : state === 'FAILED'
      ? 'The networks were not connected'
      : 'The connection is still there';
  return (
    <Notice kind={degraded ? 'warning' : 'failed'} title={title}>
      {reason.split('\n').map((line) => (
        <p key={line}>{line}</p>
      ))}
      {degraded && degradedAt !== undefined && (
        <p>
          Seen first <RelativeTime at={degradedAt} />. It is tried every minute; once the cause is mended,
          nothing else has to be done.
        </p>
      )}
    </Notice>
  );
}

function Proof({ peering }: { peering: Peering }) {
  return (
    <>
      {peering.connectedAt !== undefined && (
        <p>
          Connected <RelativeTime at={peering.connectedAt} />. Both sides reached each other:
        </p>
      )}
      <ul>
        {peering.probes?.map(({ from, zone, to, milliseconds }) => (
          <li key={`${from} ${zone} ${to}`}>
            {from === 'customer' ? 'your network → cluster' : 'cluster → your network'}, zone {zone}, {to}
            {milliseconds > 0 && <span className="muted"> · {milliseconds.toFixed(1)} ms</span>}
          </li>
        ))}
      </ul>
    </>
  );
}

function whyNot({ state }: Peering, running: boolean, may: boolean): string | undefined {
  if (!may) return 'Owners and administrators disconnect networks.';
  if (state === 'REMOVING' && running) return 'The network is being disconnected already.';
  return undefined;
}
