import { useId, useState } from 'react';
import type { Metric } from '../api/client';
import { amount, topOf, type UsageBar } from '../usage-series';
import styles from './usage-chart.module.css';

const height = 150;

/** Days as bars, stacked by cluster. The same figures are in the table that screen readers get. */
export function UsageChart({
  title,
  metric,
  bars,
  clusters,
}: {
  title: string;
  metric: Metric;
  bars: readonly UsageBar[];
  clusters: readonly string[];
}) {
  const [shown, setShown] = useState<UsageBar>();
  const label = useId();
  const top = topOf(bars, metric);
  const width = 100 / bars.length;
  return (
    <figure className={styles.chart} aria-labelledby={label}>
      <figcaption id={label} className={styles.hidden}>
        {title} by day
      </figcaption>
      <div className={styles.plot} aria-hidden>
        <div className={styles.axis}>
          <span>{amount(metric, top)}</span>
          <span>0</span>
        </div>
        <svg viewBox={`0 0 100 ${height}`} preserveAspectRatio="none" className={styles.bars} aria-hidden>
          {[0, 0.5, 1].map((part) => (
            <line key={part} className={styles.line} x1={0} x2={100} y1={height * part} y2={height * part} />
          ))}
          {bars.map((bar, index) => {
            let above = height;
            return (
              <g
                key={bar.day}
                onPointerEnter={() => setShown(bar)}
                onPointerLeave={() => setShown(undefined)}
              >
                <rect className={styles.column} x={index * width} y={0} width={width} height={height} />
                {bar.parts.map(({ cluster, value }) => {
                  const size = (value / top) * height;
                  above -= size;
                  return (
                    <rect
                      key={cluster}
                      className={styles.bar}
                      data-tone={clusters.indexOf(cluster) % 6}
                      x={index * width + width * 0.12}
                      y={above}
                      width={width * 0.76}
                      height={size}
                    />
                  );
                })}
              </g>
            );
          })}
        </svg>
        <div className={styles.days}>
          <span>{shortDay(bars[0]?.day)}</span>
          <span>{shortDay(bars.at(-1)?.day)}</span>
        </div>
        <p className={styles.shown}>
          {shown === undefined
            ? 'Point at a day to see its figures'
            : `${shortDay(shown.day)}: ${amount(metric, shown.total)}${detail(shown, metric)}`}
        </p>
      </div>
      <table className={styles.hidden}>
        <caption>{title} by day</caption>
        <thead>
          <tr>
            <th>Day</th>
            <th>{title}</th>
          </tr>
        </thead>
        <tbody>
          {bars
            .filter(({ total }) => total > 0)
            .map((bar) => (
              <tr key={bar.day}>
                <td>{bar.day}</td>
                <td>{amount(metric, bar.total)}</td>
              </tr>
            ))}
        </tbody>
      </table>
    </figure>
  );
}

/** Which colour stands for which cluster. */
export function UsageLegend({ clusters }: { clusters: readonly string[] }) {
  return (
    <ul className={styles.legend} aria-label="Clusters">
      {clusters.map((cluster, index) => (
        <li key={cluster}>
          <span className={styles.swatch} data-tone={index % 6} aria-hidden />
          {cluster}
        </li>
      ))}
    </ul>
  );
}

function detail({ parts }: UsageBar, metric: Metric): string {
  if (parts.length < 2) return '';
  return ` (${parts.map(({ cluster, value }) => `${cluster} ${amount(metric, value)}`).join(', ')})`;
}

function shortDay(day: string | undefined): string {
  if (day === undefined) return '';
  return new Date(day).toLocaleDateString('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' });
}
