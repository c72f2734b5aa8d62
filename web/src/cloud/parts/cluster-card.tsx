import { Link } from 'react-router';
import { CopyButton } from '../../ui/copy';
import { StateIcon, StatusBadge } from '../../ui/status';
import { RelativeTime } from '../../ui/time';
import type { Cluster } from '../api/client';
import { paths } from '../paths';
import { clouds, clusterStates, executionStates, progress } from '../states';
import styles from './cluster-card.module.css';

/** A cluster in the list: what it is, how it is, how to reach it. */
export function ClusterCard({ cluster }: { cluster: Cluster }) {
  const { kind, word } = clusterStates[cluster.state];
  return (
    <article className={styles.card} aria-labelledby={`cluster-${cluster.id}`}>
      <header className={styles.head}>
        <h2 id={`cluster-${cluster.id}`}>
          <Link to={paths.cluster(cluster.organization, cluster.name)} className={styles.link}>
            {cluster.name}
          </Link>
        </h2>
        <StatusBadge kind={kind}>{word}</StatusBadge>
      </header>
      <p className={styles.facts}>
        {clouds[cluster.cloud]?.title ?? cluster.cloud}
        {cluster.version !== undefined && <> · {cluster.version}</>} · created{' '}
        <RelativeTime at={cluster.createdAt} />
      </p>
      <div className={styles.body}>
        <Now cluster={cluster} />
      </div>
      {cluster.endpoint !== undefined && (
        <footer className={styles.foot}>
          <code>{cluster.endpoint}</code>
          <CopyButton text={cluster.endpoint} what={`endpoint of ${cluster.name}`} />
        </footer>
      )}
    </article>
  );
}

/** The one thing worth knowing about it at the moment. */
function Now({ cluster }: { cluster: Cluster }) {
  const { state, reason, operation } = cluster;
  if ((state === 'CREATING' || state === 'DELETING') && operation !== undefined) {
    const { done, all, current } = progress(operation);
    return (
      <>
        <progress className={styles.progress} value={done} max={all} aria-label="Steps done" />
        <p className={styles.note}>
          {done} of {all} steps{current !== undefined && ` · ${current.title}`}
        </p>
      </>
    );
  }
  if (reason !== undefined) return <p className={styles.note}>{reason}</p>;
  const counts = Object.entries(executionStates).filter(
    ([status]) => (cluster.executions?.[status] ?? 0) > 0,
  );
  if (counts.length === 0) return <p className={styles.note}>No executions yet.</p>;
  return (
    <ul className={styles.counts} aria-label="Executions">
      {counts.map(([status, { kind, word }]) => (
        <li key={status}>
          <StateIcon kind={kind} size={14} />
          <span className={styles.count}>{cluster.executions?.[status]?.toLocaleString()}</span>{' '}
          {word.toLowerCase()}
        </li>
      ))}
    </ul>
  );
}
