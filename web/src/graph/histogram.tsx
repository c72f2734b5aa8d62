import { stateTone } from '../ui/status';
import styles from './graph.module.css';
import { type Counts, stateKind } from './state';
import { countsText, orderedCounts } from './words';

interface HistogramProps {
  counts: Counts;
  x: number;
  y: number;
  width: number;
  height: number;
}

/** Members by state as one bar, most urgent first. Even a single failure among thousands keeps a visible width. */
export function Histogram({ counts, x, y, width, height }: HistogramProps) {
  const ordered = orderedCounts(counts);
  const total = ordered.reduce((sum, [, count]) => sum + count, 0);
  const least = Math.min(4, width / Math.max(1, ordered.length));
  const flexible = width - least * ordered.length;
  let at = x;
  return (
    <g className={styles.histogram}>
      <title>{countsText(counts)}</title>
      {ordered.map(([state, count]) => {
        const length = least + (flexible * count) / total;
        const start = at;
        at += length;
        return (
          <rect
            key={state}
            data-state={state}
            data-tone={stateTone[stateKind[state]]}
            x={start}
            y={y}
            width={Math.max(1, length - 1)}
            height={height}
            rx={1.5}
          />
        );
      })}
    </g>
  );
}
