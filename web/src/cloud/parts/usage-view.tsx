import { useQuery } from '@tanstack/react-query';
import { ChartColumn, Download } from 'lucide-react';
import { useAddressState } from '../../console/address';
import { Loaded } from '../../console/loaded';
import { Button } from '../../ui/button';
import { Card } from '../../ui/card';
import { Select } from '../../ui/field';
import { EmptyState, Skeleton } from '../../ui/placeholder';
import { apiRoot, type Metric, type Usage } from '../api/client';
import { usageQuery, usageRange } from '../api/queries';
import { amount, barsOf, clustersOf, totalOf } from '../usage-series';
import { UsageChart, UsageLegend } from './usage-chart';
import styles from './usage-view.module.css';

const ranges = ['7', '30', '90', '365'];

const charts: { metric: Metric; title: string; hint: string }[] = [
  { metric: 'executions', title: 'Executions', hint: 'That began, sub-workflows among them' },
  { metric: 'tasks', title: 'Tasks', hint: 'That came to be, further attempts among them' },
  { metric: 'storage', title: 'Storage', hint: 'The most that was stored on each day' },
];

/** Usage by day as charts and as CSV; of one cluster, or of all of the organization without one. */
export function UsageView({ org, cluster = '' }: { org: string; cluster?: string }) {
  const [range, setRange] = useAddressState('days', '30');
  const days = ranges.includes(range) ? Number(range) : 30;
  const usage = useQuery(usageQuery(org, cluster, days));
  const csv = new URLSearchParams(usageRange(cluster, days));
  return (
    <div className="stack">
      <div className={styles.tools}>
        <Select aria-label="Period" value={String(days)} onChange={(event) => setRange(event.target.value)}>
          {ranges.map((one) => (
            <option key={one} value={one}>
              Last {one} days
            </option>
          ))}
        </Select>
        <Button asChild icon={<Download aria-hidden />}>
          <a href={`${apiRoot}/organizations/${encodeURIComponent(org)}/usage.csv?${csv}`} download>
            Download CSV
          </a>
        </Button>
      </div>
      <Loaded query={usage} what="usage" skeleton={<Skeleton height={420} />}>
        {(data) => (data.days.length === 0 ? <Nothing /> : <Charts usage={data} one={cluster !== ''} />)}
      </Loaded>
    </div>
  );
}

function Charts({ usage, one }: { usage: Usage; one: boolean }) {
  const clusters = clustersOf(usage);
  return (
    <>
      {!one && clusters.length > 1 && <UsageLegend clusters={clusters} />}
      <div className={styles.charts}>
        {charts.map(({ metric, title, hint }) => {
          const bars = barsOf(usage, metric);
          return (
            <Card key={metric} title={title} description={hint}>
              <p className={styles.total}>
                {amount(metric, totalOf(bars, metric))} <span>{metric === 'storage' ? 'now' : 'in all'}</span>
              </p>
              <UsageChart title={title} metric={metric} bars={bars} clusters={clusters} />
            </Card>
          );
        })}
      </div>
      <p className={styles.note}>
        Days are UTC. Clusters report twice a minute; after an outage they report what they have counted
        meanwhile.
      </p>
    </>
  );
}

function Nothing() {
  return (
    <Card>
      <EmptyState icon={<ChartColumn aria-hidden />} title="Nothing was used yet">
        Once workflows run, this page shows executions, tasks and storage by day.
      </EmptyState>
    </Card>
  );
}
