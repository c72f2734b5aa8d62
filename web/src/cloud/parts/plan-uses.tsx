import { useQuery } from '@tanstack/react-query';
import { Loaded } from '../../console/loaded';
import { Card } from '../../ui/card';
import { Skeleton } from '../../ui/placeholder';
import { StatusBadge } from '../../ui/status';
import type { PlanUse } from '../api/client';
import { planQuery } from '../api/queries';
import { amount } from '../usage-series';
import styles from './plan-uses.module.css';

const titles: Record<PlanUse['resource'], string> = {
  clusters: 'Clusters',
  nodes: 'Nodes',
  members: 'Members',
  projects: 'Projects',
  accessKeys: 'Access keys',
  serviceAccounts: 'Service accounts',
  apiKeys: 'API keys',
  executions: 'Executions this month',
  tasks: 'Tasks this month',
  storage: 'Storage',
};

const inWords = (resource: PlanUse['resource'], n: number) =>
  resource === 'storage' ? amount('storage', n) : n.toLocaleString('en');

/** The plan of an organization: how much of what it has, and how much there may be. */
export function PlanUses({ org }: { org: string }) {
  const plan = useQuery(planQuery(org));
  return (
    <Loaded query={plan} what="plan" skeleton={<Skeleton height={200} />}>
      {({ title, uses }) => (
        <Card
          title={`Plan: ${title}`}
          description={
            uses.some(({ limit }) => limit !== undefined)
              ? 'What is full refuses more. Whoever runs this installation gives plans.'
              : 'Nothing is limited.'
          }
        >
          <dl className={styles.uses}>
            {uses.map((use) => (
              <Use key={use.resource} {...use} />
            ))}
          </dl>
        </Card>
      )}
    </Loaded>
  );
}

function Use({ resource, used, limit }: PlanUse) {
  const title = titles[resource];
  const full = limit !== undefined && used >= limit;
  return (
    <div className={styles.use}>
      <dt>
        {title} {full && <StatusBadge kind="warning">Full</StatusBadge>}
      </dt>
      <dd>
        {inWords(resource, used)}
        {limit !== undefined && ` of ${inWords(resource, limit)}`}
        {limit !== undefined && (
          <meter
            aria-label={`${title}: used of the plan`}
            className={styles.bar}
            max={limit}
            value={Math.min(used, limit)}
            high={limit * 0.9}
            optimum={0}
          />
        )}
      </dd>
    </div>
  );
}
