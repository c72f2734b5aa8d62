import { Cloud as CloudIcon, Laptop, Network } from 'lucide-react';
import type { Cloud } from '../api/client';
import { clouds as known } from '../states';
import styles from './create-cluster-form.module.css';

interface Props {
  clouds: Cloud[];
  chosen: string;
  onChoose: (name: string) => void;
}

/** Asks where a cluster runs, and tells who runs it there. */
export function ClusterPlace({ clouds, chosen, onChoose }: Props) {
  return (
    <fieldset className={styles.places}>
      <legend>Where it runs</legend>
      {clouds.map((cloud) => {
        const Icon = icons[cloud.name] ?? CloudIcon;
        return (
          <label key={cloud.name} className={styles.place}>
            <input
              type="radio"
              name="cloud"
              value={cloud.name}
              checked={cloud.name === chosen}
              onChange={() => onChoose(cloud.name)}
            />
            <Icon aria-hidden size={18} />
            <span>
              <strong>{cloud.title}</strong>
              <span className={styles.model}>
                {cloud.models.includes('managed') ? 'Managed' : 'You run it'}
              </span>
              <span className={styles.description}>{known[cloud.name]?.description ?? cloud.notes[0]}</span>
            </span>
          </label>
        );
      })}
    </fieldset>
  );
}

const icons: Record<string, typeof CloudIcon> = { local: Laptop, remote: Network };
