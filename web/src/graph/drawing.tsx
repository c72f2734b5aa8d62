import { memo, useMemo } from 'react';
import type { Execution } from '../conductor/types';
import { workflowEnded } from '../conductor/types';
import { useNow } from '../ui/time';
import { EdgeLabelView, EdgeView } from './edge-view';
import type { GraphEdge, Layout } from './layout';
import { type NodeActions, NodeView } from './node-view';
import { type EdgeState, edgeState, type NodeOverlay, type Overlay } from './overlay';
import { overlaps, type Region } from './viewport';

export interface DrawingProps {
  layout: Layout;
  overlay: Overlay | undefined;
  execution: Execution | undefined;
  selectedId: string | undefined;
  currentId: string | undefined;
  /** Only what overlaps it is drawn, and the current node; undefined: everything. */
  region: Region | undefined;
  /** Too small for texts to be read, which are left out then. */
  small: boolean;
  actions: NodeActions;
}

/** Everything that moves with the view. It is drawn anew when something happens, but not when the view moves. */
export const Drawing = memo(function Drawing(props: DrawingProps) {
  const { layout, overlay, execution, selectedId, currentId, region, small, actions } = props;
  const live = execution !== undefined && !workflowEnded(execution.status);
  const now = useNow(0, live && hasClock(overlay));
  const edges = useMemo(() => {
    const withState = layout.edges
      .filter((edge) => !region || overlaps(boundsOf(edge), region))
      .map((edge) => ({ edge, state: overlay && edgeState(edge, overlay) }));
    // Where lines share a stretch the way that was taken lies on top.
    return withState.sort((a, b) => order(a.state) - order(b.state));
  }, [layout, overlay, region]);
  const nodes = layout.nodes.filter((node) => !region || node.id === currentId || overlaps(node, region));
  const frames = nodes.filter((node) => node.role === 'frame');
  const others = nodes.filter((node) => node.role !== 'frame');
  const draw = (node: Layout['nodes'][number]) => {
    const own = overlay?.nodes.get(node.id);
    return (
      <NodeView
        key={node.id}
        node={node}
        overlay={own}
        group={overlay?.groups.get(node.id)}
        now={ticks(own) ? now : 0}
        selected={node.id === selectedId}
        current={node.id === currentId}
        small={small}
        actions={actions}
      />
    );
  };
  return (
    <>
      {frames.map(draw)}
      {edges.map(({ edge, state }) => (
        <EdgeView key={edge.id} edge={edge} state={state} active={live && isActive(edge, state, overlay)} />
      ))}
      {others.map(draw)}
      {edges.map(
        ({ edge, state }) => edge.label && <EdgeLabelView key={edge.id} edge={edge} state={state} />,
      )}
    </>
  );
});

/** The edge's box; a line has no width of its own. */
function boundsOf({ points }: GraphEdge): Region {
  const xs = points.map((p) => p.x);
  const ys = points.map((p) => p.y);
  const x = Math.min(...xs) - 1;
  const y = Math.min(...ys) - 1;
  return { x, y, width: Math.max(...xs) + 1 - x, height: Math.max(...ys) + 1 - y };
}

function order(state: EdgeState | undefined): number {
  return state === 'taken' ? 2 : state === 'pending' ? 1 : 0;
}

/** Whether the flow has just come along the edge. Into a frame it goes on to what is inside. */
function isActive(edge: GraphEdge, state: EdgeState | undefined, overlay: Overlay | undefined): boolean {
  if (state !== 'taken' || edge.role === 'back' || overlay?.groups.has(edge.to)) return false;
  return overlay?.nodes.get(edge.to)?.state === 'running';
}

/** Whether the node's text changes with the clock. */
function ticks(node: NodeOverlay | undefined): boolean {
  if (node?.state === 'running') return true;
  return node?.wait !== undefined && 'at' in node.wait && node.wait.at !== undefined;
}

function hasClock(overlay: Overlay | undefined): boolean {
  for (const node of overlay?.nodes.values() ?? []) if (ticks(node)) return true;
  return false;
}
