import { Field, Input, Select } from '../../ui/field';
import type { Cloud } from '../api/client';
import { sizeInWords } from '../sizes';
import styles from './create-cluster-form.module.css';

/** What is asked of a cluster besides its place. What is left out, the cloud chooses. */
export interface Specification {
  region?: string;
  size?: string;
  nodes?: number;
  version?: string;
  cidr?: string;
  /** Id of the organization's cloud account that it runs in; it decides the region. */
  account?: string;
}

interface Props {
  cloud: Cloud;
  value: Specification;
  onChange: (value: Specification) => void;
  open: boolean;
  onOpenChange: (open: boolean) => void;
}

/** Region, size, nodes and version, as far as there is a choice. The summary tells what holds without opening it. */
export function ClusterSpecification({ cloud, value, onChange, open, onOpenChange }: Props) {
  const { regions, sizes, versions, maxNodes, ranges } = cloud;
  if (!cloud.models.includes('managed')) return null; // who runs it decides, when it is started
  if (regions.length + sizes.length + versions.length === 3 && maxNodes === 1 && !ranges) return null;
  const set = (part: Specification) => onChange({ ...value, ...part });
  return (
    <details
      className={styles.specification}
      open={open}
      onToggle={(event) => onOpenChange(event.currentTarget.open)}
    >
      <summary>
        <span>Size and software</span>
        <span className={styles.description}>{summary(cloud, value)}</span>
      </summary>
      <div className="stack">
        {regions.length > 1 && value.account === undefined && (
          <Field name="region" label="Region">
            <Select
              value={value.region ?? regions[0]?.id}
              onChange={(event) => set({ region: event.target.value })}
            >
              {regions.map(({ id, name }) => (
                <option key={id} value={id}>
                  {name}
                </option>
              ))}
            </Select>
          </Field>
        )}
        <Field name="size" label="Size of each node">
          <Select value={value.size ?? sizes[0]?.id} onChange={(event) => set({ size: event.target.value })}>
            {sizes.map((size) => (
              <option key={size.id} value={size.id}>
                {sizeInWords(size)}
              </option>
            ))}
          </Select>
        </Field>
        <Field name="nodes" label="Nodes" hint={nodesHint(cloud)}>
          <Select
            value={value.nodes ?? 1}
            disabled={maxNodes === 1}
            onChange={(event) => set({ nodes: Number(event.target.value) })}
          >
            {Array.from({ length: maxNodes }, (_, i) => i + 1).map((count) => (
              <option key={count} value={count}>
                {count}
              </option>
            ))}
          </Select>
        </Field>
        {versions.length > 1 && (
          <Field name="version" label="Version of the software">
            <Select
              value={value.version ?? versions[0]}
              onChange={(event) => set({ version: event.target.value })}
            >
              {versions.map((version, i) => (
                <option key={version} value={version}>
                  {i === 0 ? `${version} (newest)` : version}
                </option>
              ))}
            </Select>
          </Field>
        )}
        {ranges && (
          <Field
            name="cidr"
            label="Addresses of its network"
            optional
            hint="A range such as 10.20.0.0/20 that overlaps with none you want to connect. Without one, a free range is taken."
          >
            <Input
              value={value.cidr ?? ''}
              onChange={(event) => set({ cidr: event.target.value.trim() || undefined })}
              autoComplete="off"
              spellCheck={false}
            />
          </Field>
        )}
      </div>
    </details>
  );
}

function summary(cloud: Cloud, value: Specification): string {
  const size = cloud.sizes.find(({ id }) => id === value.size) ?? cloud.sizes[0];
  const region = cloud.regions.find(({ id }) => id === value.region) ?? cloud.regions[0];
  const nodes = value.nodes ?? 1;
  return [
    cloud.regions.length > 1 && region?.name,
    size?.name,
    nodes === 1 ? '1 node' : `${nodes} nodes`,
    value.version ?? cloud.versions[0],
  ]
    .filter(Boolean)
    .join(' · ');
}

function nodesHint({ maxNodes, whyNodes }: Cloud): string {
  if (whyNodes !== undefined) return `One: ${whyNodes}.`;
  return maxNodes === 1 ? 'One here.' : 'With several, the cluster goes on serving when one fails.';
}
