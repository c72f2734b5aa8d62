import type { GraphEdge, GraphNode, Layout } from './layout';

export type Direction = 'up' | 'down' | 'left' | 'right';

/**
 * The node one step from `from`: up and down go along the edges, left and right to the neighbour at the same height.
 * Of several ways `preferred` picks those that come first; else the straightest one. undefined: there is none.
 */
export function step(
  layout: Layout,
  from: string,
  direction: Direction,
  preferred: (edge: GraphEdge) => boolean,
): string | undefined {
  const nodes = new Map(layout.nodes.map((node) => [node.id, node]));
  const start = nodes.get(from);
  if (!start) return undefined;
  if (direction === 'left' || direction === 'right') return beside(layout.nodes, start, direction);
  const forward = direction === 'down';
  let at = start;
  for (const seen = new Set([start.id]); ; seen.add(at.id)) {
    const ways = layout.edges.filter(
      (edge) => edge.role !== 'back' && (forward ? edge.from : edge.to) === at.id,
    );
    const next = best(ways, at, forward, nodes, preferred);
    if (!next) return leaveFrame(layout, at, forward);
    if (seen.has(next.id)) return undefined;
    if (next.role !== 'merge') return next.id;
    at = next;
  }
}

function best(
  ways: readonly GraphEdge[],
  at: GraphNode,
  forward: boolean,
  nodes: ReadonlyMap<string, GraphNode>,
  preferred: (edge: GraphEdge) => boolean,
): GraphNode | undefined {
  let found: { node: GraphNode; rank: number } | undefined;
  for (const way of ways) {
    const node = nodes.get(forward ? way.to : way.from);
    if (!node) continue;
    const inside = way.role === 'enter' ? 0 : 1e6;
    const rank = (preferred(way) ? 0 : 1e9) + inside + Math.abs(axis(node) - axis(at));
    if (!found || rank < found.rank) found = { node, rank };
  }
  return found?.node;
}

/** From the last node in a frame the way down leads out of it; the frame is the innermost one around the node. */
function leaveFrame(layout: Layout, at: GraphNode, forward: boolean): string | undefined {
  if (!forward) return undefined;
  const frames = layout.nodes.filter(
    (node) => node.role === 'frame' && node.id !== at.id && contains(node, at),
  );
  for (const frame of frames.sort((a, b) => a.height * a.width - b.height * b.width)) {
    const out = layout.edges.find(
      (edge) => edge.from === frame.id && edge.role !== 'enter' && edge.role !== 'back',
    );
    if (out) return out.to;
  }
  return undefined;
}

function beside(
  nodes: readonly GraphNode[],
  start: GraphNode,
  direction: 'left' | 'right',
): string | undefined {
  const sign = direction === 'left' ? -1 : 1;
  const middle = start.y + start.height / 2;
  let found: { id: string; distance: number } | undefined;
  for (const node of nodes) {
    if (node.id === start.id || node.role === 'merge' || node.role === 'frame') continue;
    const along = sign * (axis(node) - axis(start));
    if (along <= 0 || node.y > start.y + start.height || node.y + node.height < start.y) continue;
    const distance = along + Math.abs(node.y + node.height / 2 - middle);
    if (!found || distance < found.distance) found = { id: node.id, distance };
  }
  return found?.id;
}

function axis(node: GraphNode): number {
  return node.x + node.width / 2;
}

function contains(outer: GraphNode, inner: GraphNode): boolean {
  return (
    outer.x <= inner.x &&
    outer.y <= inner.y &&
    outer.x + outer.width >= inner.x + inner.width &&
    outer.y + outer.height >= inner.y + inner.height
  );
}
