import type { Metric, Usage } from './api/client';

/** One bar of a chart: a day, and what each cluster used on it. */
export interface UsageBar {
  day: string;
  total: number;
  parts: { cluster: string; value: number }[];
}

const fieldOf = {
  executions: 'executions',
  tasks: 'tasks',
  storage: 'storageBytes',
} as const satisfies Record<Metric, string>;

/** The bars of a metric: one for each day from the first to the last, clusters in the order of `clustersOf`. */
export function barsOf(usage: Usage, metric: Metric): UsageBar[] {
  const byDay = new Map<string, UsageBar>();
  for (const day of daysFrom(usage.from, usage.to)) byDay.set(day, { day, total: 0, parts: [] });
  for (const row of usage.days) {
    const bar = byDay.get(row.day);
    const value = row[fieldOf[metric]];
    if (bar === undefined || value === 0) continue;
    bar.total += value;
    const known = bar.parts.find(({ cluster }) => cluster === row.cluster);
    if (known === undefined) bar.parts.push({ cluster: row.cluster, value });
    else known.value += value;
  }
  const order = clustersOf(usage);
  for (const bar of byDay.values())
    bar.parts.sort((a, b) => order.indexOf(a.cluster) - order.indexOf(b.cluster));
  return [...byDay.values()];
}

/** Names of the clusters that used anything, by name. */
export function clustersOf(usage: Usage): string[] {
  return [...new Set(usage.days.map(({ cluster }) => cluster))].sort();
}

/** The sum over all days; of storage what the last day with any shows, as it is not used up. */
export function totalOf(bars: readonly UsageBar[], metric: Metric): number {
  if (metric === 'storage') return bars.findLast(({ total }) => total > 0)?.total ?? 0;
  return bars.reduce((sum, { total }) => sum + total, 0);
}

/** The least round number at the top of an axis that all values stay below. */
export function topOf(bars: readonly UsageBar[], metric: Metric): number {
  const most = Math.max(0, ...bars.map(({ total }) => total));
  const base = metric === 'storage' ? 1024 ** Math.max(0, Math.floor(Math.log2(Math.max(1, most)) / 10)) : 1;
  const scaled = most / base;
  const step = 10 ** Math.floor(Math.log10(Math.max(1, scaled)));
  const round = [1, 2, 4, 5, 10].find((factor) => factor * step >= scaled) ?? 10;
  return Math.max(1, round * step) * base;
}

/** An amount for people: 1,204,551 or 3.4 GiB. */
export function amount(metric: Metric, value: number): string {
  if (metric !== 'storage') return value.toLocaleString('en-US');
  const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'];
  const unit = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(1, value)) / 10));
  return `${(value / 1024 ** unit).toLocaleString('en-US', { maximumFractionDigits: 1 })} ${units[unit]}`;
}

function daysFrom(from: string, to: string): string[] {
  const days: string[] = [];
  for (let at = Date.parse(from); at <= Date.parse(to); at += 86_400_000) {
    days.push(new Date(at).toISOString().slice(0, 10));
  }
  return days;
}
