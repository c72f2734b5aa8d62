import { StateIcon, type StateKind } from '../../ui/status';
import type { Finding } from '../api/client';
import styles from './network.module.css';

const looks: Record<Finding['level'], { kind: StateKind; word: string }> = {
  ok: { kind: 'success', word: 'Good' },
  warning: { kind: 'warning', word: 'Works, with a disadvantage' },
  problem: { kind: 'failed', word: 'Must be mended' },
};

const titles: Record<string, string> = {
  ranges: 'Ranges of addresses',
  network: 'Your network',
  names: 'Private names',
  routes: 'Routes',
  zones: 'Zones',
  quotas: 'Limits',
  door: 'Who can use the role',
  region: 'Region',
  permissions: 'Permissions',
};

/** What checks have found, and what to do about it. */
export function Findings({ findings }: { findings: Finding[] }) {
  return (
    <ul className={styles.findings} aria-label="Checks">
      {findings.map(({ check, level, text, fix }) => (
        <li key={`${check} ${text}`} className={styles.finding}>
          <StateIcon kind={looks[level].kind} />
          <div>
            <strong>{titles[check] ?? check}</strong> <span className="muted">— {looks[level].word}</span>
            <p>{text}</p>
            {fix !== undefined && <p className="muted">{fix}</p>}
          </div>
        </li>
      ))}
    </ul>
  );
}
