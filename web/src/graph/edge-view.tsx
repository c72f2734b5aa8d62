import { memo } from 'react';
import styles from './graph.module.css';
import { type GraphEdge, labelHeight, roundedPath } from './layout';
import type { EdgeState } from './overlay';
import { fitText } from './text-fit';

export interface EdgeViewProps {
  edge: GraphEdge;
  /** undefined without an execution. */
  state: EdgeState | undefined;
  /** The flow is just coming along it. */
  active: boolean;
}

export const EdgeView = memo(function EdgeView({ edge, state, active }: EdgeViewProps) {
  return (
    <g
      className={styles.edge}
      data-state={state}
      data-active={active || undefined}
      data-unawaited={edge.arm?.unawaited || undefined}
    >
      <path className={styles.line} d={roundedPath(edge.points, 8)} />
      {!edge.to.endsWith(':merge') && <Arrow edge={edge} />}
    </g>
  );
});

/** All lines end vertically, so the head needs no rotation but up or down. */
function Arrow({ edge }: { edge: GraphEdge }) {
  const end = edge.points.at(-1);
  const before = edge.points.at(-2);
  if (!end || !before) return null;
  const back = end.y < before.y ? 6 : -6;
  return <path className={styles.arrow} d={`M${end.x} ${end.y}l-4.5 ${back}h9z`} />;
}

const labelFont = { size: 12, weight: 500 };

/** The value that leads into a case. Drawn over all lines. */
export const EdgeLabelView = memo(function EdgeLabelView({ edge, state }: Omit<EdgeViewProps, 'active'>) {
  const { label } = edge;
  if (!label) return null;
  return (
    <g className={styles.label} data-state={state} transform={`translate(${label.x} ${label.y})`}>
      <title>{label.text}</title>
      <rect
        x={-label.width / 2}
        y={-labelHeight / 2}
        width={label.width}
        height={labelHeight}
        rx={labelHeight / 2}
      />
      <text y={4}>{fitText(label.text, label.width - 14, labelFont)}</text>
    </g>
  );
});
