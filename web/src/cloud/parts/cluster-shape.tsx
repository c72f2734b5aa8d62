import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Button } from '../../ui/button';
import { Card } from '../../ui/card';
import { Field, Select } from '../../ui/field';
import type { ChangeRequest, Cloud, Cluster } from '../api/client';
import { catalogQuery } from '../api/queries';
import { may } from '../rights';
import { sizeInWords } from '../sizes';
import { ChangeDialog } from './change-dialog';
import styles from './cluster-shape.module.css';

/** How large the cluster's nodes are and which software they run, where we have a say in that. */
export function ClusterShape({ cluster }: { cluster: Cluster }) {
  const catalog = useQuery(catalogQuery(cluster.organization));
  const cloud = catalog.data?.find(({ name }) => name === cluster.cloud);
  if (cloud === undefined) return null;
  if (cluster.state === 'FAILED' || cluster.state === 'CREATING' || cluster.state === 'DELETING') return null;
  return (
    <>
      {cloud.sizes.length > 1 && cluster.cloud !== 'remote' && <SizeCard cluster={cluster} cloud={cloud} />}
      {cluster.cloud === 'remote' ? (
        <ReleaseCard
          cluster={cluster}
          releases={cloud.versions.filter((version) => released.test(version))}
        />
      ) : (
        cloud.versions.length > 1 && <VersionCard cluster={cluster} cloud={cloud} />
      )}
    </>
  );
}

interface Props {
  cluster: Cluster;
  cloud: Cloud;
}

function SizeCard({ cluster, cloud }: Props) {
  return (
    <Choice
      cluster={cluster}
      title="Size"
      description="How much each node has. Nodes start anew with another size, one after the other."
      label="Size of each node"
      present={cluster.size ?? ''}
      options={cloud.sizes.map((size) => ({ value: size.id, text: sizeInWords(size) }))}
      verb="Resize"
      change={(size) => ({ kind: 'resize-cluster', size })}
    />
  );
}

function VersionCard({ cluster, cloud }: Props) {
  return (
    <Choice
      cluster={cluster}
      title="Version"
      description="Of the cluster's software. If a node does not become healthy with another one, all go back."
      label="Version of the software"
      present={cluster.wantedVersion ?? ''}
      options={cloud.versions.map((version, i) => ({
        value: version,
        text: i === 0 ? `${version} (newest)` : version,
      }))}
      verb="Change the version of"
      change={(version) => ({ kind: 'upgrade-cluster', version })}
    />
  );
}

/** What is a signed release, unlike the program that happens to be the control plane's own. */
const released = /^\d+\.\d+\.\d+/;

/** The version of nodes in the customer's network, which update themselves when they are asked to. */
function ReleaseCard({ cluster, releases }: { cluster: Cluster; releases: string[] }) {
  if (releases.length === 0) return null;
  return (
    <Choice
      cluster={cluster}
      title="Version"
      description="Nodes fetch a signed release, verify it, and go back to what they have if it does not become healthy. Whoever runs them decides when, and whether at all."
      label="Version of the software"
      present={cluster.wantedVersion ?? ''}
      options={releases.map((version) => ({ value: version, text: version }))}
      verb="Change the version of"
      change={(version) => ({ kind: 'upgrade-cluster', version })}
    />
  );
}

interface ChoiceProps {
  cluster: Cluster;
  title: string;
  description: string;
  label: string;
  present: string;
  options: { value: string; text: string }[];
  verb: string;
  change: (wanted: string) => ChangeRequest;
}

function Choice(props: ChoiceProps) {
  const { cluster, title, description, label, present, options, verb, change } = props;
  const [wanted, setWanted] = useState(present);
  const [asking, setAsking] = useState(false);
  const button = verb === 'Resize' ? 'Resize' : 'Change version';
  return (
    <Card title={title} description={description}>
      <div className={styles.choice}>
        <Field name={title.toLowerCase()} label={label}>
          <Select value={wanted} onChange={(event) => setWanted(event.target.value)}>
            {!options.some(({ value }) => value === present) && <option value={present}>{present}</option>}
            {options.map(({ value, text }) => (
              <option key={value} value={value}>
                {value === present ? `${text}, as now` : text}
              </option>
            ))}
          </Select>
        </Field>
        <Button disabledReason={whyNot(cluster, wanted === present)} onClick={() => setAsking(true)}>
          {button}
        </Button>
      </div>
      <ChangeDialog
        cluster={cluster}
        change={change(wanted)}
        verb={button}
        title={`${verb} ${cluster.name}?`}
        open={asking}
        onOpenChange={setAsking}
      />
    </Card>
  );
}

function whyNot(cluster: Cluster, same: boolean): string | undefined {
  if (!may(cluster, 'cluster.update')) return 'Your role does not let you change this cluster.';
  if (cluster.state !== 'READY') return 'This is changed while the cluster is ready.';
  return same ? 'Choose another one first.' : undefined;
}
