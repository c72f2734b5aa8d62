import { Field, Select } from '../../ui/field';
import type { Project } from '../api/client';

interface Props {
  /** Those in which one may create clusters. */
  projects: Project[];
  value: string | undefined;
  onChange: (name: string) => void;
}

/** Asks which project holds a cluster, where there is a choice. */
export function ClusterProject({ projects, value, onChange }: Props) {
  if (projects.length < 2) return null;
  return (
    <Field name="project" label="Project" hint="Whoever has a role in the project has it in the cluster.">
      <Select value={value} onChange={(event) => onChange(event.target.value)}>
        {projects.map(({ id, name }) => (
          <option key={id} value={name}>
            {name}
          </option>
        ))}
      </Select>
    </Field>
  );
}
